import { Failure } from '@signalbox/core/base/failure.ts'

/** What the CLI ends with; scripts may rely on it. */
export const exitCodes = {
  ok: 0,
  /** It failed or was refused. */
  failed: 1,
  /** The command line or a file of yours is wrong; nothing was done. */
  usage: 2,
  /** What was waited for ended badly. */
  endedBadly: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const

/** The exit code of an error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof Failure && error.code === 'usage' ? exitCodes.usage : exitCodes.failed
}
