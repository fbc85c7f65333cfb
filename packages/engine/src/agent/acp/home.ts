import type { Sandbox } from '../../sandbox/port.ts'

/** What an agent keeps of a conversation is small; more is not carried to the next turn. */
const maxHomeBytes = 16 * 1024 * 1024
const timeoutMs = 30_000
const home = '/home/sbx'

/** Caches and downloads: they can be had again. */
const left = ['.cache', '.npm', '.bun', '.config/*/node_modules', '.local/share/*/bin', '.local/share/*/log']

const env = { PATH: '/usr/bin:/bin' }

/** The agent's home as a gzipped tar, made inside; undefined when it is too large or cannot be packed. */
export async function packHome(sandbox: Sandbox): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  const excluded = left.map((path) => `--exclude=./${path}`)
  const full = new AbortController()
  const result = await sandbox.exec(['tar', '-cz', ...excluded, '-C', home, '.'], {
    cwd: '/',
    env,
    timeoutMs,
    signal: full.signal,
    onOutput(stream, chunk) {
      if (stream !== 'stdout') return
      size += chunk.length
      if (size <= maxHomeBytes) chunks.push(chunk.slice())
      else full.abort()
    },
  })
  return result.code === 0 && size <= maxHomeBytes ? Buffer.concat(chunks) : undefined
}

/** Unpacks an earlier turn's home inside; false when that did not work, and the agent begins anew. */
export async function unpackHome(sandbox: Sandbox, tar: Uint8Array): Promise<boolean> {
  const argv = ['tar', '-xz', '--no-same-owner', '-C', home]
  const result = await sandbox.exec(argv, { cwd: '/', env, timeoutMs, stdin: tar })
  return result.code === 0
}
