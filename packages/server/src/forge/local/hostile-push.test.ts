import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflateSync, gzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalForge, type LocalForge } from './create-local-forge.ts'
import { gitHttp } from './http.ts'
import { parseSource } from './names.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'hostile-push-'))
const projectId = randomUUID()
const owned = join(folder, 'owned')
const free = { noPush: false, noForcePush: false, noDelete: false }
let app: FastifyInstance
let forge: LocalForge
let base: string
let url: string

beforeAll(async () => {
  forge = await createLocalForge({ dataDir: folder })
  const files = [{ path: 'README.md', content: 'hello\n' }]
  base = (await forge.initRepository({ projectId, files, message: 'first' })).head
  app = Fastify()
  await app.register(gitHttp, {
    forge,
    maxPushBytes: 4_000_000,
    findProject: async () => ({ id: projectId, ruleFor: () => free }),
    authenticate: async () => ({ id: '1', name: 'mallory', mayRead: () => true, mayWrite: () => true }),
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (typeof address !== 'object' || !address) throw new Error('not listening')
  url = `http://127.0.0.1:${(address satisfies AddressInfo).port}/git/any.git`
})

afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

type Kind = 'commit' | 'tree' | 'blob'
const kinds = { commit: 1, tree: 2, blob: 3 } as const

interface Thing {
  kind: Kind
  data: Buffer
  id: string
}

function thing(kind: Kind, content: string | Buffer): Thing {
  const data = Buffer.from(content)
  const id = createHash('sha1').update(`${kind} ${data.length}\0`).update(data).digest('hex')
  return { kind, data, id }
}

/** A tree as nobody's git would write it: names and modes as they are given. */
function tree(...entries: [mode: string, name: string, id: string][]): Thing {
  const parts = entries.map(([mode, name, id]) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
  )
  return thing('tree', Buffer.concat(parts))
}

function commit(of: Thing, more = ''): Thing {
  const who = 'Mallory <m@example.com> 1700000000 +0000'
  return thing('commit', `tree ${of.id}\nparent ${base}\nauthor ${who}\ncommitter ${who}\n${more}\nhostile\n`)
}

function pack(...things: Thing[]): Buffer {
  const parts = things.map(({ kind, data }) => {
    let size = data.length
    const bytes = [(kinds[kind] << 4) | (size & 15)]
    size = Math.floor(size / 16)
    while (size > 0) {
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80
      bytes.push(size & 127)
      size = Math.floor(size / 128)
    }
    return Buffer.concat([Buffer.from(bytes), deflateSync(data)])
  })
  const head = Buffer.alloc(12)
  head.write('PACK')
  head.writeUInt32BE(2, 4)
  head.writeUInt32BE(things.length, 8)
  const body = Buffer.concat([head, ...parts])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

const line = (text: string) => `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`

async function send(
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/git-receive-pack`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer x',
      'content-type': 'application/x-git-receive-pack-request',
      ...headers,
    },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })
  return { status: answer.status, text: await answer.text() }
}

/** Pushes objects as a new branch; true when git took it. */
async function push(tip: Thing, ...others: Thing[]): Promise<boolean> {
  const branch = `hostile-${randomUUID()}`
  const command = line(`${'0'.repeat(40)} ${tip.id} refs/heads/${branch}\0 report-status`)
  const { text } = await send(Buffer.concat([Buffer.from(`${command}0000`), pack(tip, ...others)]))
  const took = text.includes(`ok refs/heads/${branch}`)
  expect((await forge.head(projectId, branch)) !== undefined).toBe(took)
  return took
}

const blob = thing('blob', 'x\n')

test('a tree that git itself would write is taken: what is refused below is refused for its content', async () => {
  const good = tree(['100644', 'a.txt', blob.id])
  expect(await push(commit(good), good, blob)).toBe(true)
})

test.each(['.git', '.GIT', '.Git', '..', '.', 'a/b', 'git~1', '.g\u200cit', ''])(
  'a tree with an entry named %j is refused',
  async (name) => {
    const inner = tree(['100644', 'config', blob.id])
    const outer = tree(['40000', name, inner.id])
    expect(await push(commit(outer), outer, inner, blob)).toBe(false)
  },
)

test('a tree with the same name twice, and links in the place of git’s own files, are refused', async () => {
  const twice = tree(['100644', 'a', blob.id], ['120000', 'a', blob.id])
  expect(await push(commit(twice), twice, blob)).toBe(false)
  const target = thing('blob', '/etc/passwd')
  for (const name of ['.gitmodules', '.git']) {
    const link = tree(['120000', name, target.id])
    expect(await push(commit(link), link, target)).toBe(false)
  }
})

test('submodules that would run something are refused', async () => {
  const module = thing('commit', '')
  for (const bad of ['url = ext::sh -c touch%20x', 'url = -u./payload', 'path = -x', 'update = !touch x']) {
    const config = thing('blob', `[submodule "a"]\n\tpath = a\n\turl = https://example.com/a\n\t${bad}\n`)
    const of = tree(['100644', '.gitmodules', config.id], ['160000', 'a', module.id])
    const taken = await push(commit(of), of, config)
    // ext:: is no fault to fsck: nothing of ours ever fetches a submodule, and no protocol but the named is allowed.
    expect(taken, bad).toBe(bad.includes('ext::'))
  }
})

test('a commit that is malformed is refused', async () => {
  const good = tree(['100644', 'a.txt', blob.id])
  const nul = thing('commit', `tree ${good.id}\nauthor x\n\nno committer\n`)
  expect(await push(nul, good, blob)).toBe(false)
  const zeroBytes = thing(
    'commit',
    `tree ${good.id}\nparent ${base}\nauthor A <a@b> 1 +0000\0evil\ncommitter A <a@b> 1 +0000\n\nx\n`,
  )
  expect(await push(zeroBytes, good, blob)).toBe(false)
})

test('names of refs that no git would allow never reach git', async () => {
  const names = [
    'refs/heads/a\nb',
    'refs/heads/a..b',
    'refs/heads/../../config',
    'refs/heads/a b',
    'refs/heads/-x~1',
    'refs/heads/\x01',
    'refs/heads/a.lock',
    'refs/heads/@{0}',
  ]
  for (const name of names) {
    const command = line(`${'0'.repeat(40)} ${base} ${name}\0 report-status`)
    const { status, text } = await send(`${command}0000`)
    expect(status, JSON.stringify(name)).toBe(400)
    expect(text).toMatch(/cannot be read|not a name/)
  }
})

test('garbage in place of commands is refused in words, and too many of them', async () => {
  for (const body of ['zzzz', '0003', '00ffshort', 'ffff', '']) {
    expect((await send(body)).status, body).toBe(400)
  }
  const many = line(`${'0'.repeat(40)} ${base} refs/heads/${'x'.repeat(150)}`).repeat(6000)
  expect((await send(many)).status).toBe(400)
})

test('a request that unpacks to more than may be pushed is cut off', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  expect(bomb.length).toBeLessThan(100_000)
  const command = line(`${'0'.repeat(40)} ${base} refs/heads/bomb\0 report-status`)
  const head = gzipSync(Buffer.concat([Buffer.from(`${command}0000`), Buffer.alloc(64 * 1024 * 1024)]))
  const ended = await send(head, { 'content-encoding': 'gzip' }).catch(() => undefined)
  expect(ended?.text ?? '').not.toContain('ok refs/heads/bomb')
  expect(await forge.head(projectId, 'bomb')).toBeUndefined()
})

test('one object that unpacks to far more than it weighs costs no memory of ours and can be looked at', async () => {
  const huge = thing('blob', Buffer.alloc(96 * 1024 * 1024))
  const of = tree(['100644', 'huge', huge.id])
  const before = process.memoryUsage().rss
  const tip = commit(of)
  expect(await push(tip, of, huge)).toBe(true)
  const file = await forge.readFile(projectId, tip.id, 'huge', 1000)
  expect(file).toMatchObject({ truncated: true, sizeBytes: huge.data.length })
  expect((await forge.diff(projectId, base, tip.id, 1000)).diff.length).toBeLessThanOrEqual(1000)
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024)
})

test('filters, merge drivers and hooks that a repository names are never run', async () => {
  const script = join(folder, 'script')
  writeFileSync(script, `#!/bin/sh\ntouch ${owned}\ncat\n`, { mode: 0o755 })
  const gitDir = forge.gitDir(projectId)
  // As if a repository could write our configuration: the drivers that its attributes name do exist.
  for (const key of ['filter.evil.smudge', 'filter.evil.clean', 'diff.evil.textconv', 'diff.evil.command'])
    await forge.runGit({ gitDir, args: ['config', key, script] })
  mkdirSync(join(gitDir, 'hooks'), { recursive: true })
  for (const hook of ['pre-receive', 'update', 'post-receive', 'reference-transaction', 'post-update'])
    writeFileSync(join(gitDir, 'hooks', hook), `#!/bin/sh\ntouch ${owned}\n`, { mode: 0o755 })
  const attributes = thing('blob', '* filter=evil diff=evil\n')
  const of = tree(['100644', '.gitattributes', attributes.id], ['100644', 'a.txt', blob.id])
  const tip = commit(of)
  expect(await push(tip, of, attributes, blob)).toBe(true)
  await forge.diff(projectId, base, tip.id, 100_000)
  await forge.changedFiles(projectId, base, tip.id)
  for (const method of ['merge', 'squash', 'rebase'] as const)
    await forge.mergeCommit({ projectId, base, head: tip.id, message: 'm', method })
  expect(existsSync(owned)).toBe(false)
})

test.each([
  'ext::sh -c touch% owned',
  'file:///etc',
  'fd::17',
  '--upload-pack=touch owned',
  '-oProxyCommand=touch owned',
  'ssh://-oProxyCommand=touch%20owned/x',
  'https://user:secret@example.com/x.git',
  'http://example.com/x.git',
  'https://example.com/x.git\n[core]',
  'relative/path',
])('the source %j is refused before git hears of it', (source) => {
  expect(() => parseSource(source)).toThrow()
})

test('a fetch hands out no ref of ours', async () => {
  await forge.keepCommit(projectId, 'changes/1/merge', base)
  const { stdout } = await run('git', ['-c', 'http.extraHeader=Authorization: Bearer x', 'ls-remote', url], {
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, GIT_TERMINAL_PROMPT: '0' },
  })
  expect(stdout).toContain('refs/heads/main')
  expect(stdout).not.toContain('signalbox')
})
