import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createLocalForge, type LocalForge } from './create-local-forge.ts'

const folder = mkdtempSync(join(tmpdir(), 'maintain-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const projectId = randomUUID()
let now: number
let forge: LocalForge
let gitDir: string

beforeEach(async () => {
  now = Date.now()
  forge = await createLocalForge({ dataDir: join(folder, randomUUID()), now: () => now })
  await forge.initRepository({ projectId, files: [{ path: 'a', content: 'a' }], message: 'first' })
  gitDir = forge.gitDir(projectId)
})

function looseObjects(): string[] {
  return readdirSync(join(gitDir, 'objects'))
    .filter((name) => name.length === 2)
    .flatMap((name) => readdirSync(join(gitDir, 'objects', name)).map((rest) => join(name, rest)))
}

async function lostBlob(text: string): Promise<string> {
  const written = await forge.runGit({ gitDir, args: ['hash-object', '-w', '--stdin'], input: text })
  const id = written.stdout.toString().trim()
  return join(id.slice(0, 2), id.slice(2))
}

test('packs what is reachable, keeps what was lost lately and drops what was lost long ago', async () => {
  const young = await lostBlob('young')
  const old = await lostBlob('old')
  const at = now / 1000 - 15 * 24 * 3600
  utimesSync(join(gitDir, 'objects', old), at, at)
  expect(looseObjects()).toHaveLength(5)
  expect(await forge.maintain(projectId)).toBe('done')
  expect(looseObjects()).toEqual([young])
  const head = (await forge.head(projectId, 'main')) ?? ''
  expect(await forge.readFile(projectId, head, 'a', 10)).toMatchObject({ text: 'a' })
})

test('is done once a day', async () => {
  expect(await forge.maintain(projectId)).toBe('done')
  expect(await forge.maintain(projectId)).toBe('not-due')
  now += 25 * 3_600_000
  expect(await forge.maintain(projectId)).toBe('done')
})

test('leaves a repository alone that somebody writes to, and ends when it is told to', async () => {
  const lock = join(gitDir, 'packed-refs.lock')
  writeFileSync(lock, '')
  expect(await forge.maintain(projectId)).toBe('busy')
  utimesSync(lock, now / 1000 - 3600, now / 1000 - 3600)
  expect(await forge.maintain(projectId, AbortSignal.abort())).toBe('stopped')
  expect(await forge.maintain(projectId)).toBe('done')
  await expect(forge.maintain(randomUUID())).rejects.toMatchObject({ code: 'repository-missing' })
})

test('aborting ends the git that is running', async () => {
  const stop = new AbortController()
  const asked = forge.runGit({
    gitDir,
    args: ['cat-file', '--batch'],
    signal: stop.signal,
    lowPriority: true,
  })
  stop.abort()
  expect((await asked).exitCode).toBe(128)
})
