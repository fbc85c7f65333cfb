import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { promisify } from 'node:util'
import { Failure } from '@signalbox/core/base/failure.ts'

/** Stands in an allow-list for the registry that npm uses on this machine. */
export const npmRegistryWord = 'npm-registry'

let asked: Promise<string> | undefined

/** The pattern of npm's registry: its host, with the port when it names one. Asked once in a process. */
async function npmRegistry(): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry'], {
    cwd: homedir(),
    timeout: 20_000,
  })
  return new URL(stdout.trim()).host
}

/**
 * An allow-list with `npm-registry` replaced by the registry's own pattern. Failure `npm-registry-unknown`,
 * retryable, when npm does not tell it.
 */
export async function withNpmRegistry(patterns: string[]): Promise<string[]> {
  if (!patterns.includes(npmRegistryWord)) return patterns
  asked ??= npmRegistry()
  try {
    const registry = await asked
    return patterns.map((pattern) => (pattern === npmRegistryWord ? registry : pattern))
  } catch (error) {
    asked = undefined
    throw new Failure('npm-registry-unknown', 'npm does not tell which registry it uses on this machine.', {
      retryable: true,
      hint: `Look at "npm config get registry", or name the host in place of ${npmRegistryWord} among the allowed hosts.`,
      cause: error,
    })
  }
}
