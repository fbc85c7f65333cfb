import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLocalForge, type LocalForge } from './create-local-forge.ts'
import { gitHttp } from './http.ts'

const folder = mkdtempSync(join(tmpdir(), 'signalbox-git-http-'))
const projectId = randomUUID()
const run = promisify(execFile)
let app: FastifyInstance
let forge: LocalForge
let base: string
let port: number

async function git(cwd: string, ...args: string[]): Promise<{ ok: boolean; output: string }> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 't',
    GIT_AUTHOR_EMAIL: 't@t',
    GIT_COMMITTER_NAME: 't',
    GIT_COMMITTER_EMAIL: 't@t',
  }
  return run('git', args, { cwd, env }).then(
    ({ stdout, stderr }) => ({ ok: true, output: stdout + stderr }),
    (error: { stdout: string; stderr: string }) => ({ ok: false, output: error.stdout + error.stderr }),
  )
}

function url(password: string, repository = 'sample.git'): string {
  return `http://me:${password}@127.0.0.1:${port}/git/${repository}`
}

beforeAll(async () => {
  forge = await createLocalForge({ dataDir: folder })
  const files = [{ path: 'README.md', content: 'hello\n' }]
  base = (await forge.initRepository({ projectId, files, message: 'first' })).head
  app = Fastify()
  await app.register(gitHttp, {
    forge,
    maxPushBytes: 2_000_000,
    findProject: async (slug: string) =>
      slug === 'sample' ? { id: projectId, defaultBranch: 'main' } : undefined,
    authenticate: async (token: string) => {
      const mayRead = () => true
      if (token === 'writer') return { name: 'owner', mayRead, mayWrite: () => true }
      if (token === 'stranger') return { name: 'stranger', mayRead: () => false, mayWrite: () => false }
      return token === 'reader' ? { name: 'reader', mayRead, mayWrite: () => false } : undefined
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (typeof address !== 'object' || !address) throw new Error('not listening')
  port = (address satisfies AddressInfo).port
})

afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function clone(password = 'writer'): Promise<string> {
  const path = join(folder, randomUUID())
  const cloned = await git(folder, 'clone', '-q', url(password), path)
  expect(cloned.output).toBe('')
  return path
}

async function commit(path: string, file: string, content: string | Buffer): Promise<string> {
  writeFileSync(join(path, file), content)
  await git(path, 'add', '-A')
  await git(path, 'commit', '-qm', 'work')
  return (await git(path, 'rev-parse', 'HEAD')).output.trim()
}

describe('git over HTTP', () => {
  it('clones, and takes a push to a branch', async () => {
    const path = await clone()
    const head = await commit(path, 'a.txt', 'a\n')
    expect(await git(path, 'push', '-q', 'origin', 'HEAD:refs/heads/work')).toMatchObject({ ok: true })
    expect(await forge.head(projectId, 'work')).toBe(head)
    const more = await commit(path, 'a.txt', 'b\n')
    expect(await git(path, 'push', '-q', 'origin', 'HEAD:refs/heads/work')).toMatchObject({ ok: true })
    expect(await forge.head(projectId, 'work')).toBe(more)
  })

  it('refuses the default branch: to move it, to force it, to delete it', async () => {
    const path = await clone()
    await commit(path, 'b.txt', 'b\n')
    for (const spec of ['HEAD:main', '+HEAD:main', ':main', 'HEAD:refs/heads/main']) {
      const pushed = await git(path, 'push', 'origin', spec)
      expect(pushed.ok).toBe(false)
      expect(pushed.output).toMatch(/hidden ref|rejected|does not exist/)
    }
    expect(await forge.head(projectId, 'main')).toBe(base)
  })

  it('refuses everything that is no branch', async () => {
    const path = await clone()
    for (const ref of ['refs/tags/x', 'refs/signalbox/x', 'refs/replace/x', 'HEAD', 'refs/notes/commits']) {
      expect(await git(path, 'push', 'origin', `HEAD:${ref}`)).toMatchObject({ ok: false })
    }
    const refs = await forge.runGit({ gitDir: forge.gitDir(projectId), args: ['for-each-ref'] })
    expect(refs.stdout.toString()).not.toMatch(/refs\/(tags|signalbox|replace|notes)/)
  })

  it('refuses commands that no honest client would send', async () => {
    const zero = '0'.repeat(40)
    const commands = [
      `${base} ${zero} refs/heads/main`,
      `${base} ${zero} refs/heads/./main`,
      `${base} ${zero} HEAD`,
      `${zero} ${base} refs/heads/main/../x`,
      `${zero} ${base} refs/../config`,
      `${zero} ${base} refs/replace/${base}`,
    ]
    for (const command of commands) {
      const line = `${command}\0 report-status delete-refs`
      const body = `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`
      const answer = await fetch(`http://127.0.0.1:${port}/git/sample.git/git-receive-pack`, {
        method: 'POST',
        headers: {
          authorization: 'Bearer writer',
          'content-type': 'application/x-git-receive-pack-request',
        },
        body,
      })
      expect(await answer.text(), command).not.toMatch(/\bok refs/)
    }
    expect(await forge.head(projectId, 'main')).toBe(base)
  })

  it('takes no rewrite of a branch', async () => {
    const path = await clone()
    await commit(path, 'c.txt', '1')
    await git(path, 'push', '-q', 'origin', 'HEAD:kept')
    const kept = await forge.head(projectId, 'kept')
    await git(path, 'commit', '--amend', '-qm', 'other')
    expect(await git(path, 'push', '--force', 'origin', 'HEAD:kept')).toMatchObject({ ok: false })
    expect(await forge.head(projectId, 'kept')).toBe(kept)
  })

  it('asks who it is, and lets readers only read', async () => {
    const address = `http://127.0.0.1:${port}/git/sample.git/info/refs?service=git-upload-pack`
    const nobody = await fetch(address)
    expect(nobody.status).toBe(401)
    expect(nobody.headers.get('www-authenticate')).toMatch(/^Basic/)
    const bearer = await fetch(address, { headers: { authorization: 'Bearer reader' } })
    expect(bearer.status).toBe(200)
    // Who may not read it is told what somebody is told who asks for what is not there.
    const stranger = await fetch(address, { headers: { authorization: 'Bearer stranger' } })
    expect(stranger.status).toBe(404)
    expect(await git(folder, 'ls-remote', url('wrong'))).toMatchObject({ ok: false })
    const path = await clone('reader')
    await commit(path, 'd.txt', 'd')
    expect(await git(path, 'push', 'origin', 'HEAD:nope')).toMatchObject({ ok: false })
    expect(await forge.head(projectId, 'nope')).toBeUndefined()
  })

  it('has no other files, no other services and no other repositories', async () => {
    const headers = { authorization: 'Bearer writer' }
    const at = (path: string) => fetch(`http://127.0.0.1:${port}/git/${path}`, { headers })
    expect((await at('sample.git/HEAD')).status).toBe(404)
    expect((await at('sample.git/config')).status).toBe(404)
    expect((await at('sample.git/info/refs')).status).toBe(403)
    expect((await at('sample.git/info/refs?service=git-upload-archive')).status).toBe(403)
    expect((await at('other.git/info/refs?service=git-upload-pack')).status).toBe(404)
    expect((await at('..%2f..%2fetc.git/info/refs?service=git-upload-pack')).status).toBe(404)
  })

  it('refuses a push that is too large and keeps nothing of it', async () => {
    const path = await clone()
    await commit(path, 'big.bin', Buffer.from(Array.from({ length: 3_000_000 }, () => Math.random() * 256)))
    expect(await git(path, 'push', 'origin', 'HEAD:big')).toMatchObject({ ok: false })
    expect(await forge.head(projectId, 'big')).toBeUndefined()
  })

  it('ends git when the client goes away', async () => {
    const before = await children()
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'POST /git/sample.git/git-receive-pack HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer writer\r\n' +
        'Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 1000\r\n\r\n00',
    )
    await expect
      .poll(async () => (await children()).length, { timeout: 10_000 })
      .toBeGreaterThan(before.length)
    socket.destroy()
    await expect.poll(async () => (await children()).length, { timeout: 10_000 }).toBe(before.length)
  })
})

/** Processes of git that this process started. */
async function children(): Promise<string[]> {
  const { stdout } = await run('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)])
  return stdout.split('\n').filter((line) => line.includes('git'))
}
