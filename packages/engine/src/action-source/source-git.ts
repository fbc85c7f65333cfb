import { Failure } from '@signalbox/core/base/failure.ts'
import { type BoundedResult, runBounded, startBounded } from './run-bounded.ts'

/** What git is told whatever a repository says: no hooks, no filters of its own, no protocol but the one named. */
const hardened: [string, string][] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.alternateRefsCommand', ''],
  ['credential.helper', ''],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['http.followRedirects', 'initial'],
  ['http.lowSpeedLimit', '100'],
  ['http.lowSpeedTime', '30'],
  ['transfer.fsckObjects', 'true'],
  ['protocol.allow', 'never'],
  ['protocol.version', '2'],
  ['tar.umask', '0222'],
  ['core.bigFileThreshold', '32m'],
  ['pack.threads', '2'],
]

/** A git on a repository without a work tree. `protocol` is the only one it may speak; without it none. */
export interface SourceGitCall {
  gitDir?: string
  args: readonly string[]
  protocol?: 'https' | 'http'
  input?: string
  maxBytes?: number
  timeoutMs?: number
  /** No file that it writes may be larger. */
  maxFileBytes?: number
  signal?: AbortSignal
}

/** Runs git and answers how it ended; see `mustGit` for who wants a Failure. */
export async function sourceGit(call: SourceGitCall): Promise<BoundedResult> {
  return await runBounded(bounded(call))
}

/** What git printed. Failure `action-source` with its last words. */
export async function mustGit(call: SourceGitCall): Promise<Buffer> {
  const result = await sourceGit(call)
  if (result.code === 0 && result.ended === undefined) return result.out
  throw new Failure('action-source', `git ${call.args[0]} failed: ${wordsOf(result)}`)
}

/** The tree of a commit as a tar stream, nothing in it writable. Failure `action-too-large` or `action-source`. */
export async function* gitArchive(
  gitDir: string,
  commit: string,
  options: { maxBytes: number; signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const call = { gitDir, args: ['archive', '--format=tar', commit], ...options }
  const running = startBounded({ ...bounded(call), maxBytes: options.maxBytes })
  yield* running.out
  const { code, ended, words } = await running.done
  if (ended === 'too-large') throw tooLarge(options.maxBytes)
  if (code !== 0 || ended)
    throw new Failure('action-source', `git archive failed: ${wordsOf({ words, ended })}`)
}

/** A tree or a file that is larger than an action may be. */
export function tooLarge(maxBytes: number): Failure {
  return new Failure('action-too-large', `the action has more than ${maxBytes >> 20} MB`)
}

/** Git's last words on one line, without control characters. */
export function wordsOf({ words, ended }: Pick<BoundedResult, 'words' | 'ended'>): string {
  if (ended === 'too-slow') return 'it took too long'
  if (ended) return `it was ended (${ended})`
  const lines = words.split('\n').filter((line) => line.trim() !== '')
  return (
    lines
      .slice(-3)
      .join(' ')
      .replace(/[\x00-\x1f\x7f]+/g, ' ')
      .slice(0, 400) || 'it said nothing'
  )
}

function bounded(call: SourceGitCall) {
  const settings = [...hardened]
  if (call.protocol) settings.push([`protocol.${call.protocol}.allow`, 'always'])
  if (call.gitDir) settings.push(['safe.directory', call.gitDir])
  const blocks = Math.ceil((call.maxFileBytes ?? 0) / 512)
  const limited = ['sh', '-c', `ulimit -f ${blocks}; exec git "$@"`, 'git'] as const
  const argv: readonly [string, ...string[]] =
    call.maxFileBytes === undefined ? ['git', ...call.args] : [...limited, ...call.args]
  const { input, maxBytes, signal } = call
  return {
    argv,
    env: environment(settings, call.gitDir),
    input,
    maxBytes,
    signal,
    timeoutMs: call.timeoutMs ?? 120_000,
  }
}

function environment(settings: [string, string][], gitDir: string | undefined): Record<string, string> {
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_CONFIG_COUNT: String(settings.length),
    ...(gitDir === undefined ? {} : { GIT_DIR: gitDir }),
  }
  // The machine's own way out and whom it trusts, as its administrator set them.
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy']) {
    const value = process.env[name]
    if (value) env[name] = value
  }
  for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO']) {
    const value = process.env[name]
    if (value) env[name] = value
  }
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return env
}
