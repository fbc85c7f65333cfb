import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ruleForBranch } from '@signalbox/core/gates/branch-rules.ts'
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

const rules = {
  defaultBranch: 'main',
  protectedBranches: [
    { pattern: 'kept', noPush: false, noForcePush: true, noDelete: true },
    { pattern: 'release/*', noPush: true, noForcePush: true, noDelete: true },
  ],
}
let started = 0
const ended: string[] = []

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
      slug === 'sample'
        ? { id: projectId, ruleFor: (branch: string) => ruleForBranch(rules, branch) }
        : undefined,
    authenticate: async (token: string) => {
      const mayRead = () => true
      if (token === 'writer') return { id: '1', name: 'owner', mayRead, mayWrite: () => true }
      if (token === 'stranger')
        return { id: '3', name: 'stranger', mayRead: () => false, mayWrite: () => false }
      return token === 'reader' ? { id: '2', name: 'reader', mayRead, mayWrite: () => false } : undefined
    },
    startPush: async () => {
      started++
      return {
        ended: async (commands, user) => {
          ended.push(commands.map(({ ref }) => `${user.name} ${ref}`).join())
          return ['Opened a change for it.']
        },
      }
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
      expect(pushed.output).toMatch(/remote: refs\/heads\/main: guarded branch/)
      expect(pushed.output).toMatch(/! \[remote rejected\].*guarded branch/)
    }
    expect(await forge.head(projectId, 'main')).toBe(base)
  })

  it('refuses a push as a whole when one of its branches is guarded, and takes no object of it', async () => {
    const path = await clone()
    const head = await commit(path, 'mixed.txt', 'mixed\n')
    const before = started
    const pushed = await git(path, 'push', 'origin', 'HEAD:refs/heads/mixed', 'HEAD:refs/heads/release/1')
    expect(pushed.ok).toBe(false)
    expect(pushed.output).toContain('remote: refs/heads/release/1: guarded branch: push to another one')
    expect(pushed.output).toContain('Nothing of this push was taken')
    expect(await forge.head(projectId, 'mixed')).toBeUndefined()
    expect(started).toBe(before)
    const there = await forge.runGit({ gitDir: forge.gitDir(projectId), args: ['cat-file', '-e', head] })
    expect(there.exitCode).not.toBe(0)
  })

  it('tells what came of a push in its output, once git is done', async () => {
    const path = await clone()
    await commit(path, 'told.txt', 'told\n')
    const pushed = await git(path, 'push', 'origin', 'HEAD:refs/heads/told')
    expect(pushed).toMatchObject({
      ok: true,
      output: expect.stringContaining('remote: Opened a change for it.'),
    })
    expect(ended.at(-1)).toBe('owner refs/heads/told')
    expect(ended).toHaveLength(started)
    expect(await git(path, 'push', 'origin', ':refs/heads/told')).toMatchObject({ ok: true })
    expect(await forge.head(projectId, 'told')).toBeUndefined()
  })

  it('takes a rewrite of a branch that is not guarded', async () => {
    const path = await clone()
    await commit(path, 'free.txt', '1')
    await git(path, 'push', '-q', 'origin', 'HEAD:free')
    await git(path, 'commit', '--amend', '-qm', 'other')
    expect(await git(path, 'push', '--force', '-q', 'origin', 'HEAD:free')).toMatchObject({ ok: true })
    expect(await forge.head(projectId, 'free')).toBe((await git(path, 'rev-parse', 'HEAD')).output.trim())
  })

  it('takes a push from a shallow clone', async () => {
    const path = join(folder, randomUUID())
    await git(folder, 'clone', '-q', '--depth=1', url('writer'), path)
    const head = await commit(path, 'shallow.txt', 's')
    expect(await git(path, 'push', '-q', 'origin', 'HEAD:shallow')).toMatchObject({ ok: true })
    expect(await forge.head(projectId, 'shallow')).toBe(head)
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

  it('takes no rewrite of a branch that is guarded against it, and no deletion', async () => {
    const path = await clone()
    await commit(path, 'c.txt', '1')
    await git(path, 'push', '-q', 'origin', 'HEAD:kept')
    const kept = await forge.head(projectId, 'kept')
    await git(path, 'commit', '--amend', '-qm', 'other')
    expect(await git(path, 'push', '--force', 'origin', 'HEAD:kept')).toMatchObject({ ok: false })
    const deleted = await git(path, 'push', 'origin', ':kept')
    expect(deleted).toMatchObject({ ok: false, output: expect.stringContaining('cannot be deleted') })
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

  it('keeps the connection for the next request, as a proxy in front of it counts on', async () => {
    let connections = 0
    const count = () => connections++
    app.server.on('connection', count)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const refs = await ask(agent, 'GET', 'info/refs?service=git-upload-pack')
    expect(refs.text).toContain('version 2')
    for (let times = 0; times < 3; times++) {
      const listed = await ask(agent, 'POST', 'git-upload-pack', '0014command=ls-refs\n00010000')
      expect(listed).toMatchObject({ status: 200 })
      expect(listed.text).toContain(base)
    }
    // Refused before git reads any of it.
    const refused = await ask(agent, 'POST', 'git-receive-pack', 'x'.repeat(300_000), 'reader')
    expect(refused).toMatchObject({ status: 403 })
    expect(await ask(agent, 'GET', 'info/refs?service=git-upload-pack')).toMatchObject({ status: 200 })
    agent.destroy()
    app.server.off('connection', count)
    expect(connections).toBe(1)
  })

  it('ends git when the client goes away', async () => {
    const before = await children()
    const line = `${'0'.repeat(40)} ${base} refs/heads/half\0 report-status`
    const head = `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000PACK`
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'POST /git/sample.git/git-receive-pack HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer writer\r\n' +
        'Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 1000\r\n\r\n' +
        head,
    )
    await expect
      .poll(async () => (await children()).length, { timeout: 10_000 })
      .toBeGreaterThan(before.length)
    socket.destroy()
    await expect.poll(async () => (await children()).length, { timeout: 10_000 }).toBe(before.length)
  })
})

function ask(
  agent: Agent,
  method: 'GET' | 'POST',
  path: string,
  body?: string,
  token = 'writer',
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((done, failed) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'git-protocol': 'version=2',
      ...(method === 'POST' ? { 'content-type': `application/x-${path}-request` } : {}),
    }
    const sent = request({ agent, host: '127.0.0.1', port, path: `/git/sample.git/${path}`, method, headers })
    sent.on('error', failed)
    sent.on('response', (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += String(chunk)
      })
      answer.on('end', () => done({ status: answer.statusCode, text }))
    })
    sent.end(body)
  })
}

/** Processes of git that this process started. */
async function children(): Promise<string[]> {
  const { stdout } = await run('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)])
  return stdout.split('\n').filter((line) => line.includes('git'))
}
