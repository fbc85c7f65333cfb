import { Failure } from '@signalbox/core/base/failure.ts'

/** What the CLI ends with; scripts may rely on it. */
export const exitCodes = {
  ok: 0,
  /** It failed or was refused, or what was waited for ended badly. */
  failed: 1,
  /** The command line or a file of yours is wrong; nothing was done. */
  usage: 2,
  /** This machine lacks something that is needed; it was said what. */
  machine: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const

/** Failures that are neither the person's mistake nor the work's: something is missing here. */
const ofTheMachine = new Set([
  'no-sandbox',
  'data-folder',
  'no-git',
  'npm-registry-unknown',
  'container-engine-missing',
  'container-engine-remote',
])

/** The exit code of an error. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Failure)) return exitCodes.failed
  if (error.code === 'usage' || error.code === 'invalid-input') return exitCodes.usage
  return ofTheMachine.has(error.code) || error.code.startsWith('sandbox-')
    ? exitCodes.machine
    : exitCodes.failed
}
