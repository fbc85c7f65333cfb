import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLocalForge, type LocalForge } from './create-local-forge.ts'
import { fetchFromServer, headAtServer } from './fetch-from-server.ts'
import { gitHttp } from './http.ts'
import { type SentTree, sendTree } from './send-tree.ts'

const folder = mkdtempSync(join(tmpdir(), 'take-turns-'))
const projectId = randomUUID()
const held = { id: randomUUID(), fence: 7 }
let app: FastifyInstance
let server: LocalForge
/** The mirror of another machine. */
let mirror: LocalForge
let base: string
let url: string
/** Answers before the server does, once each. */
const answers: number[] = []

beforeAll(async () => {
  server = await createLocalForge({ dataDir: join(folder, 'server') })
  const files = [
    { path: 'README.md', content: 'hello\n' },
    { path: 'folder/kept.txt', content: 'kept\n'.repeat(5000) },
  ]
  base = (await server.initRepository({ projectId, files, message: 'first' })).head
  app = Fastify()
  app.addHook('onRequest', async (request, reply) => {
    const status = request.url.includes('/turns/') ? answers.shift() : undefined
    if (status) await reply.code(status).send()
  })
  await app.register(gitHttp, {
    forge: server,
    maxPushBytes: 100_000,
    findProject: async (slug: string) =>
      slug === 'sample'
        ? { id: projectId, ruleFor: () => ({ noPush: true, noForcePush: true, noDelete: true }) }
        : undefined,
    authenticate: async (token: string) => {
      const all = { id: token, name: token, mayRead: () => true }
      if (token === 'worker') return { ...all, mayWrite: () => false, anyCommit: true }
      return token === 'owner' ? { ...all, mayWrite: () => true } : undefined
    },
    heldTurn: async ({ projectId: of, jobId, fence }: { projectId: string; jobId: string; fence: number }) =>
      of === projectId && jobId === held.id && fence === held.fence ? { base } : undefined,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/git/sample.git`
})
beforeEach(async () => {
  mirror = await createLocalForge({ dataDir: join(folder, randomUUID()) })
  await fetchFromServer(mirror, { projectId, url, token: 'worker', commit: base })
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function git(forge: LocalForge, args: string[], input: string | Uint8Array = ''): Promise<string> {
  const result = await forge.runGit({ gitDir: forge.gitDir(projectId), args, input })
  return result.exitCode === 0 ? result.stdout.toString().trim() : `failed ${result.exitCode}`
}

/** The base with one file more. */
async function treeWith(name: string, content: string | Uint8Array): Promise<string> {
  const blob = await git(mirror, ['hash-object', '-w', '--stdin'], content)
  const before = await git(mirror, ['ls-tree', base])
  return await git(mirror, ['mktree'], `${before}\n100644 blob ${blob}\t${name}\n`)
}

const send = (tree: string, more: Partial<SentTree> = {}) => {
  const { signal } = new AbortController()
  return sendTree(mirror, { projectId, url, token: 'worker', job: held, tree, base, signal, ...more })
}
const has = async (object: string) => !(await git(server, ['cat-file', '-e', object])).startsWith('failed')
const aside = () => readdirSync(join(server.gitDir(projectId), 'objects')).filter((n) => n.startsWith('tmp_'))

test('a tree comes with what it has beyond its base, moves no branch, and may come twice', async () => {
  const tree = await treeWith('made.txt', 'made elsewhere\n')
  expect(await has(tree)).toBe(false)
  const refs = await git(server, ['for-each-ref'])
  await send(tree)
  await send(tree)
  expect(await git(server, ['show', `${tree}:made.txt`])).toBe('made elsewhere')
  expect(await git(server, ['for-each-ref'])).toBe(refs)
  expect(await git(server, ['fsck', '--strict', '--no-dangling'])).toBe('')
  expect(aside()).toEqual([])
})

test('only the worker that holds the job, by its fence, brings anything', async () => {
  const tree = await treeWith('late.txt', 'too late\n')
  await expect(send(tree, { job: { ...held, fence: 6 } })).rejects.toMatchObject({ code: 'job-lost' })
  await expect(send(tree, { job: { id: randomUUID(), fence: 7 } })).rejects.toMatchObject({
    code: 'job-lost',
  })
  // A person may push; to bring objects beside all rules is not for them.
  await expect(send(tree, { token: 'owner' })).rejects.toMatchObject({ code: 'git-failed', retryable: false })
  await expect(send(tree, { token: 'nobody' })).rejects.toThrow(/Sign in/)
  await expect(send(tree, { url: url.replace('sample', 'other') })).rejects.toThrow(/no such repository/)
  expect(await has(tree)).toBe(false)
})

test('a tree with a name that git forbids is refused, and leaves nothing', async () => {
  const blob = await git(mirror, ['hash-object', '-w', '--stdin'], '#!/bin/sh\n')
  const hook = await git(mirror, ['mktree'], `100755 blob ${blob}\tpost-checkout\n`)
  const tree = await git(mirror, ['mktree'], `040000 tree ${hook}\t.git\n`)
  await expect(send(tree)).rejects.toMatchObject({ code: 'tree-refused' })
  expect(await has(tree)).toBe(false)
  expect(await has(blob)).toBe(false)
  expect(aside()).toEqual([])
})

test('what is larger than a push may be is refused, and so is what is no tree', async () => {
  const noise = Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * n * 31 + (n >> 3)) % 251))
  const large = await treeWith('large.bin', crypto.getRandomValues(new Uint8Array(65_000)))
  const larger = await git(mirror, ['hash-object', '-w', '--stdin'], noise)
  const random = await Promise.all(
    [1, 2].map(() =>
      git(mirror, ['hash-object', '-w', '--stdin'], crypto.getRandomValues(new Uint8Array(65_000))),
    ),
  )
  const listed = random.map((blob, n) => `100644 blob ${blob}\t${n}.bin\n`).join('')
  const tooMuch = await git(mirror, ['mktree'], listed)
  await send(large)
  expect(await has(large)).toBe(true)
  await expect(send(tooMuch)).rejects.toThrow(/larger than the server takes/)
  await expect(send(larger)).rejects.toThrow(/is a blob and no tree/)
  expect(await has(larger)).toBe(false)
})

/** Sends these bytes as they are. */
async function post(tree: string, body: Uint8Array<ArrayBuffer>): Promise<number> {
  const headers = { authorization: 'Bearer worker', 'content-type': 'application/x-git-packed-objects' }
  const at = `${url}/turns/${held.id}?fence=7&tree=${encodeURIComponent(tree)}`
  return (await fetch(at, { method: 'POST', headers, body })).status
}

test('a pack that is broken, cut off or of something else is refused', async () => {
  const tree = await treeWith('cut.txt', 'a file that is cut off\n'.repeat(100))
  const args = ['pack-objects', '--revs', '--stdout', '--thin', '-q']
  const { stdout } = await mirror.runGit({
    gitDir: mirror.gitDir(projectId),
    args,
    input: `${tree}\n^${base}\n`,
  })
  const whole = new Uint8Array(stdout)
  expect(await post(tree, whole.slice(0, whole.length - 30))).toBe(422)
  expect(await post(tree, new TextEncoder().encode('PACK'))).toBe(422)
  expect(await post('f'.repeat(40), whole)).toBe(422)
  for (const name of ['HEAD', '--all', '../../x', '']) expect(await post(name, whole)).toBe(422)
  expect(await has(tree)).toBe(false)
  expect(aside()).toEqual([])
  expect(await post(tree, whole)).toBe(204)
  expect(await has(tree)).toBe(true)
})

test('a server that is away for a moment is asked again', async () => {
  const tree = await treeWith('again.txt', 'again\n')
  answers.push(503)
  await send(tree)
  expect(await has(tree)).toBe(true)
})

test('a worker that stops sends nothing more', async () => {
  const tree = await treeWith('stopped.txt', 'stopped\n')
  const stopping = new AbortController()
  stopping.abort(new Error('it stops'))
  await expect(send(tree, { signal: stopping.signal })).rejects.toThrow('it stops')
  expect(await has(tree)).toBe(false)
})

test('the head of a branch is asked of the server, and there may be none', async () => {
  expect(await headAtServer(mirror, { projectId, url, token: 'worker', branch: 'main' })).toBe(base)
  expect(await headAtServer(mirror, { projectId, url, token: 'worker', branch: 'gone' })).toBeUndefined()
  await expect(
    headAtServer(mirror, { projectId, url, token: 'nobody', branch: 'main' }),
  ).rejects.toMatchObject({ code: 'git-failed', retryable: true })
})
