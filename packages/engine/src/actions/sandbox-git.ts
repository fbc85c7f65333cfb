import { Failure } from '@signalbox/core/base/failure.ts'
import type { ExecOptions, Sandbox } from '../sandbox/port.ts'

/** How git runs in a sandbox: whatever was configured there does not count. */
export const sandboxGitEnv = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: '',
  GIT_CONFIG_COUNT: '3',
  GIT_CONFIG_KEY_0: 'core.hooksPath',
  GIT_CONFIG_VALUE_0: '/dev/null',
  GIT_CONFIG_KEY_1: 'core.fsmonitor',
  GIT_CONFIG_VALUE_1: 'false',
  GIT_CONFIG_KEY_2: 'safe.directory',
  GIT_CONFIG_VALUE_2: '*',
}

/**
 * Runs a fixed script with arguments in the sandbox and answers its output, up to 1 MB.
 * Throws a Failure with `code` that has its last words.
 */
export async function runScriptIn(
  sandbox: Sandbox,
  script: string,
  args: readonly string[],
  options: ExecOptions & { code: string; what: string },
): Promise<string> {
  const { code, what, ...exec } = options
  let out = ''
  let words = ''
  const decoder = new TextDecoder()
  const result = await sandbox.exec(['sh', '-c', script, 'sh', ...args], {
    onOutput(stream, chunk) {
      if (stream === 'stderr') words = (words + new TextDecoder().decode(chunk)).slice(-4000)
      else if (out.length < 1024 * 1024) out += decoder.decode(chunk, { stream: true })
    },
    ...exec,
    env: { ...sandboxGitEnv, ...exec.env },
  })
  if (result.code === 0) return out
  const why = result.killedBy
    ? `it was ended (${result.killedBy})`
    : words.trim() || `exit code ${result.code}`
  throw new Failure(code, `${what}: ${why}`)
}
