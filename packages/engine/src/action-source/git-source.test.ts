import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createActionSource, sweepActions } from './create-action-source.ts'
import { type GitServer, startGitServer } from './git-server.fixture.ts'
import { createGitSource } from './git-source.ts'
import type { ResolvedAction } from './port.ts'

let server: GitServer
let dir: string
beforeAll(async () => {
  server = await startGitServer()
})
afterAll(() => server.close())
beforeEach(() => {
  dir = mkdtempSync('/tmp/signalbox-actions-')
  server.asked.length = 0
  server.refuse = undefined
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const tool = { owner: 'team', repo: 'tool' }
const source = (more: Partial<Parameters<typeof createGitSource>[0]> = {}) =>
  createGitSource({ dir, url: server.url, ...more })

async function text(resolved: ResolvedAction, path: string): Promise<string | undefined> {
  const bytes = await resolved.readFile(path, { maxBytes: 1000 })
  return bytes && Buffer.from(bytes).toString()
}

/** The folders of whole actions, and how many halves there are. */
function cached(): { whole: string[]; halves: number } {
  const names = readdirSync(dir)
  const hosts = names.filter((name) => !name.startsWith('fetching-'))
  const whole = hosts.flatMap((host) =>
    readdirSync(join(dir, host), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /^[^/]+\/[^/]+\/[^/]+\.git$/.test(name),
    ),
  )
  return { whole, halves: names.length - hosts.length }
}

describe('refs', () => {
  it('takes the tag before the branch, an annotated one as its commit, and follows what moves', async () => {
    const one = server.commit('team/tool', { 'action.yml': 'one' }, { tag: 'v1' })
    const two = server.commit('team/tool', { 'action.yml': 'two' }, { branch: 'v1' })
    const first = await source().resolve({ ...tool, ref: 'v1' })
    expect(first).toMatchObject({ commit: one, from: 'network' })
    expect(await text(first, 'action.yml')).toBe('one')
    server.git('team/tool', 'tag', '-d', 'v1')
    const second = await source().resolve({ ...tool, ref: 'v1' })
    expect(second).toMatchObject({ commit: two })
    expect(await text(second, 'action.yml')).toBe('two')
    expect(await text(second, 'none.yml')).toBeUndefined()
    expect(await source().commitOf({ ...tool, ref: 'none' })).toBeUndefined()
  })

  it('asks no network for a commit that it has, be it named or locked', async () => {
    const commit = server.commit('team/tool', { 'action.yml': 'x' }, { tag: 'v2' })
    await source().resolve({ ...tool, ref: commit })
    server.commit('team/tool', { 'action.yml': 'y' }, { tag: 'v2' })
    server.refuse = 500
    server.asked.length = 0
    expect(await source().resolve({ ...tool, ref: commit })).toMatchObject({ commit, from: 'cache' })
    expect(await source().resolve({ ...tool, ref: 'v2', commit })).toMatchObject({ commit, from: 'cache' })
    expect(server.asked).toEqual([])
    await expect(source().resolve({ ...tool, ref: 'v2' })).rejects.toMatchObject({
      code: 'action-unreachable',
      retryable: true,
    })
  })
})

describe('the cache', () => {
  it('fetches a commit once that several ask for at once, without its history', async () => {
    server.commit('team/tool', { 'action.yml': 'before' })
    const commit = server.commit('team/tool', { 'action.yml': 'now' })
    const one = source()
    const all = await Promise.all(Array.from({ length: 5 }, () => one.resolve({ ...tool, ref: commit })))
    expect(all.map((each) => each.commit)).toEqual(Array(5).fill(commit))
    expect(server.asked.filter((line) => line.startsWith('GET'))).toHaveLength(1)
    expect(cached()).toEqual({ whole: [`team/tool/${commit}.git`], halves: 0 })
  })

  it('takes what another process brought meanwhile, and leaves no halves', async () => {
    const commit = server.commit('team/tool', { 'action.yml': 'both' })
    const both = await Promise.all([
      source().resolve({ ...tool, ref: commit }),
      source().resolve({ ...tool, ref: commit }),
    ])
    expect(await Promise.all(both.map((each) => text(each, 'action.yml')))).toEqual(['both', 'both'])
    expect(cached().halves).toBe(0)
  })

  it('keeps nothing of a fetch that failed, and no half of a crash is taken for an action', async () => {
    const commit = server.commit('team/tool', { 'action.yml': 'x' })
    server.refuse = 500
    await expect(source().resolve({ ...tool, ref: commit })).rejects.toMatchObject({
      code: 'action-unreachable',
    })
    expect(cached()).toEqual({ whole: [], halves: 0 })
    server.refuse = undefined
    mkdirSync(join(dir, 'fetching-left'))
    await source().resolve({ ...tool, ref: commit })
    expect(cached()).toEqual({ whole: [`team/tool/${commit}.git`], halves: 1 })
    const place = join(
      dir,
      readdirSync(dir).find((name) => name.startsWith('127')) ?? '',
      'team/tool',
      `${commit}.git`,
    )
    const longAgo = new Date(Date.now() - 40 * 86_400_000)
    utimesSync(join(dir, 'fetching-left'), longAgo, longAgo)
    expect(await sweepActions(dir, 30 * 86_400_000, Date.now())).toBe(1)
    expect(existsSync(place)).toBe(true)
    utimesSync(place, longAgo, longAgo)
    expect(await sweepActions(dir, 30 * 86_400_000, Date.now())).toBe(1)
    expect(existsSync(place)).toBe(false)
  })

  it('refuses what is not there, too large, or answered too late', async () => {
    await expect(source().resolve({ owner: 'team', repo: 'nothing', ref: 'v1' })).rejects.toMatchObject({
      code: 'action-not-found',
    })
    await expect(source().resolve({ ...tool, ref: 'f'.repeat(40) })).rejects.toThrow('could not be fetched')
    const big = Array.from({ length: 4000 }, () => Math.random().toString(36)).join('\n')
    const commit = server.commit('team/big', { 'data.txt': big })
    await expect(
      source({ maxBytes: 8192 }).resolve({ owner: 'team', repo: 'big', ref: commit }),
    ).rejects.toMatchObject({ code: 'action-unreachable' })
    const found = await source().resolve({ owner: 'team', repo: 'big', ref: commit })
    await expect(found.readFile('data.txt', { maxBytes: 100 })).rejects.toMatchObject({
      code: 'action-too-large',
    })
    await expect(async () => {
      for await (const _ of found.archive({ maxBytes: 1000 }));
    }).rejects.toMatchObject({ code: 'action-too-large' })
    await expect(source({ timeoutMs: 1 }).resolve({ ...tool, ref: 'main' })).rejects.toMatchObject({
      code: 'action-unreachable',
    })
  })

  it('reads no link as a file', async () => {
    const commit = server.commit('team/link', { 'action.yml': '-> /etc/passwd', 'folder/a': 'a' })
    const found = await source().resolve({ owner: 'team', repo: 'link', ref: commit })
    expect(await text(found, 'action.yml')).toBeUndefined()
    expect(await text(found, 'folder')).toBeUndefined()
    expect(await text(found, '../x')).toBeUndefined()
  })
})

it('prefers the folder of actions, and asks nobody when fetching is off', async () => {
  const commit = server.commit('team/tool', { 'action.yml': 'net' })
  const mirrorDir = mkdtempSync('/tmp/signalbox-mirror-')
  mkdirSync(join(mirrorDir, 'team/tool@main'), { recursive: true })
  const both = createActionSource({ mirrorDir, cacheDir: dir, url: server.url })
  expect(both.replaces({ ...tool, ref: 'main' })).toBe(true)
  expect((await both.resolve({ ...tool, ref: 'main' })).from).toBe('mirror')
  expect((await both.resolve({ ...tool, ref: commit })).from).toBe('network')
  const off = createActionSource({ mirrorDir: undefined, cacheDir: dir, url: 'off' })
  server.asked.length = 0
  await expect(off.resolve({ ...tool, ref: 'main' })).rejects.toMatchObject({ code: 'action-not-found' })
  expect(server.asked).toEqual([])
  rmSync(mirrorDir, { recursive: true })
})
