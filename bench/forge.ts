import { execFile, fork } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { promisify } from 'node:util'
import { createLocalForge } from '@signalbox/server/forge/local/create-local-forge.ts'
import { gitHttp } from '@signalbox/server/forge/local/http.ts'
import Fastify from 'fastify'
import { type BenchResult, round } from './figures.ts'

const run = promisify(execFile)
const limitMb = 64
const sizeMb = 200
const fileBytes = 5 * 1024 * 1024
const free = { noPush: false, noForcePush: false, noDelete: false }

/** The server alone, in a process of its own; tells its port. */
async function serve(dataDir: string): Promise<void> {
  const forge = await createLocalForge({ dataDir })
  const projectId = randomUUID()
  await forge.initRepository({ projectId, files: [{ path: 'a', content: 'a\n' }], message: 'first' })
  const app = Fastify()
  await app.register(gitHttp, {
    forge,
    findProject: async () => ({ id: projectId, ruleFor: () => free }),
    authenticate: async () => ({ id: '1', name: 'bench', mayRead: () => true, mayWrite: () => true }),
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0, gitDir: forge.gitDir(projectId) })
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
}

/** The most that a process holds while something goes on, looked at every 20 ms. */
async function peakWhile(
  pid: number,
  work: () => Promise<unknown>,
): Promise<{ peakMb: number; seconds: number }> {
  let peakMb = 0
  const timer = setInterval(() => {
    residentMb(pid).then(
      (now) => (peakMb = Math.max(peakMb, now)),
      () => {},
    )
  }, 20)
  const began = performance.now()
  await work().finally(() => clearInterval(timer))
  return { peakMb, seconds: (performance.now() - began) / 1000 }
}

async function git(cwd: string, ...args: string[]): Promise<void> {
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'b',
    GIT_AUTHOR_EMAIL: 'b@b',
    GIT_COMMITTER_NAME: 'b',
    GIT_COMMITTER_EMAIL: 'b@b',
  }
  await run('git', ['-c', 'core.bigFileThreshold=1m', ...args], { cwd, env, maxBuffer: 1 << 24 })
}

/**
 * Pushes and clones a repository of 200 MB that does not compress, and measures by how much the server's process
 * grows: what it serves goes through it as a stream. git's own processes are not counted.
 */
export async function forge(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-forge-'))
  const server = fork(import.meta.filename, ['serve', join(folder, 'data')])
  try {
    const { port } = await new Promise<{ port: number }>((resolve) => server.once('message', resolve))
    const pid = server.pid ?? 0
    const url = `http://x:token@127.0.0.1:${port}/git/big.git`
    const work = join(folder, 'work')
    // Warm, so that what is loaded at the first request is not counted as growth.
    await git(folder, 'clone', '-q', url, work)
    await writeFile(join(work, 'small'), 'small\n')
    await git(work, 'add', '-A')
    await git(work, 'commit', '-q', '-m', 'small')
    await git(work, 'push', '-q', 'origin', 'HEAD:small')
    for (let n = 0; n * fileBytes < sizeMb * 1024 * 1024; n++) {
      await writeFile(join(work, `blob-${n}`), randomBytes(fileBytes))
    }
    await git(work, 'add', '-A')
    await git(work, 'commit', '-q', '-m', 'big')
    const before = await residentMb(pid)
    const pushed = await peakWhile(pid, () => git(work, 'push', '-q', 'origin', 'HEAD:big'))
    const copy = join(folder, 'copy')
    const cloned = await peakWhile(pid, () => git(folder, 'clone', '-q', '--bare', '-b', 'big', url, copy))
    await stat(join(copy, 'HEAD'))
    const grown = Math.max(pushed.peakMb, cloned.peakMb) - before
    return {
      table: [
        ['', 'time', 'most memory of the server'],
        ['at rest', '', `${round(before)} MB`],
        [`push of ${sizeMb} MB`, `${round(pushed.seconds)} s`, `${round(pushed.peakMb)} MB`],
        [`clone of ${sizeMb} MB`, `${round(cloned.seconds)} s`, `${round(cloned.peakMb)} MB`],
      ],
      figures: {
        sizeMb,
        restMb: before,
        growthMb: grown,
        pushSeconds: pushed.seconds,
        cloneSeconds: cloned.seconds,
      },
      targets: [{ what: `the server grows by less than ${limitMb} MB`, holds: grown < limitMb }],
    }
  } finally {
    server.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[2] === 'serve' && process.send) await serve(process.argv[3] ?? '')
