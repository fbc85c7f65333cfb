import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { insertDeployment } from '../db/deployments.ts'
import { deleteUnprintable } from '../db/secrets.ts'
import { newMasterKey } from './envelope.ts'
import { environmentKeyRing, fileKeyRing } from './key-ring.ts'
import { createVault } from './vault.ts'

let database: TestDatabase
let folder: string
let file: string
beforeEach(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'vault-'))
  file = join(folder, 'master-key')
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const now = () => new Date()
const vaultOf = (ring = fileKeyRing(file, true)) => createVault({ db: database.db, ring, now })
const base64 = () => newMasterKey().bytes.toString('base64')

async function place(environment = '') {
  const { project } = await seedProject(database.db)
  return { projectId: project.id, environment }
}

test('opens what was set, an environment before all, and stores nothing of the value', async () => {
  const vault = vaultOf()
  const all = await place()
  const production = { ...all, environment: 'production' }
  await vault.set(all, { name: 'API_KEY', value: 'shared-by-all', userId: null })
  await vault.set(production, { name: 'API_KEY', value: 'only-in-production', userId: null })
  await vault.set(all, { name: 'TEXT', value: 'two\nlines', userId: null })
  expect(await vault.open(all)).toEqual({ API_KEY: 'shared-by-all', TEXT: 'two\nlines' })
  expect(await vault.open(production)).toEqual({ API_KEY: 'only-in-production', TEXT: 'two\nlines' })
  expect(await vault.open(await place())).toEqual({})
  const rows = await database.db.selectFrom('secrets').selectAll().execute()
  for (const row of rows) {
    const bytes = row.sealed.toString('latin1')
    expect(bytes).not.toContain('shared')
    expect(row.last_used_at).not.toBeNull()
  }
  // The same value twice leaves two different rows.
  await vault.set(all, { name: 'API_KEY', value: 'shared-by-all', userId: null })
  const again = await database.db.selectFrom('secrets').selectAll().where('version', '=', 2).execute()
  expect(again).toHaveLength(1)
  expect(rows.some((row) => row.sealed.equals(again[0]?.sealed ?? Buffer.of()))).toBe(false)
})

test('refuses rows that were swapped, moved or changed', async () => {
  const vault = vaultOf()
  const here = await place()
  await vault.set(here, { name: 'A', value: 'value of a', userId: null })
  await vault.set(here, { name: 'B', value: 'value of b', userId: null })
  const { db } = database
  const [a] = await db.selectFrom('secrets').selectAll().where('name', '=', 'A').execute()
  const sealed = a?.sealed ?? Buffer.of()
  const attempts = [
    () => db.updateTable('secrets').set({ sealed }).where('name', '=', 'B').execute(),
    () => db.updateTable('secrets').set({ environment: 'production' }).where('name', '=', 'B').execute(),
  ]
  for (const attempt of attempts) {
    await attempt()
    await expect(vault.open({ ...here, environment: 'production' })).rejects.toMatchObject({
      code: 'secret-damaged',
    })
  }
  const flipped = Buffer.from(sealed)
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
  await db.deleteFrom('secrets').where('name', '=', 'B').execute()
  await db.updateTable('secrets').set({ sealed: flipped }).where('name', '=', 'A').execute()
  await expect(vault.open(here)).rejects.toMatchObject({ code: 'secret-damaged' })
})

test('rotates under a running vault, and ends a rotation that was broken off at any line', async () => {
  const vault = vaultOf()
  const other = vaultOf()
  const here = await place()
  for (let n = 0; n < 120; n++) await vault.set(here, { name: `S${n}`, value: `value ${n}`, userId: null })
  const before = await readFile(file, 'utf8')
  expect(await vault.rotate()).toMatchObject({ rewrapped: 120, resumed: false })
  const after = await readFile(file, 'utf8')
  expect(after).not.toBe(before)
  expect(after.trim().split('\n')).toHaveLength(1)
  expect((await other.open(here))['S119']).toBe('value 119')
  await other.set(here, { name: 'LATER', value: 'later', userId: null })
  // Broken off after the file was written and before any row: both keys stand in the file.
  await writeFile(file, `${base64()}\n${after}`, { mode: 0o600 })
  await other.set(here, { name: 'BETWEEN', value: 'between', userId: null }).catch(() => {})
  expect(await other.rotate()).toMatchObject({ resumed: true })
  expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(1)
  expect(await vault.open(here)).toMatchObject({ S0: 'value 0', LATER: 'later' })
})

test('loses nothing when rotations and writes run side by side', async () => {
  const here = await place()
  await vaultOf().set(here, { name: 'S', value: '0', userId: null })
  const vaults = [vaultOf(), vaultOf(), vaultOf()]
  const writes = vaults.map(async (vault, at) => {
    for (let n = 0; n < 15; n++)
      await vault.set(here, { name: `S${at}_${n}`, value: `${at} ${n}`, userId: null })
  })
  const rotations = vaults.map((vault) => vault.rotate())
  await Promise.all([...writes, ...rotations])
  await vaultOf().rotate()
  const values = await vaultOf().open(here)
  for (const at of [0, 1, 2]) for (let n = 0; n < 15; n++) expect(values[`S${at}_${n}`]).toBe(`${at} ${n}`)
})

test('takes over the keys of the environment, first the one in use', async () => {
  const [first, second] = [base64(), base64()]
  const here = await place()
  await vaultOf(environmentKeyRing(first)).set(here, { name: 'S', value: 'text', userId: null })
  await expect(vaultOf(environmentKeyRing(second)).open(here)).rejects.toMatchObject({
    code: 'master-key-missing',
  })
  await expect(vaultOf(environmentKeyRing(second)).check()).rejects.toMatchObject({
    code: 'master-key-missing',
  })
  const both = vaultOf(environmentKeyRing(`${second},${first}`))
  expect(await both.open(here)).toEqual({ S: 'text' })
  expect(await both.rotate()).toMatchObject({ rewrapped: 1 })
  expect(await vaultOf(environmentKeyRing(second)).open(here)).toEqual({ S: 'text' })
  // A process that still has only the retired key may not store under it.
  await expect(
    vaultOf(environmentKeyRing(first)).set(here, { name: 'T', value: 'x', userId: null }),
  ).rejects.toMatchObject({ code: 'master-key-retired' })
})

test('never makes a key anew while secrets stand under a lost one', async () => {
  const here = await place()
  await vaultOf().set(here, { name: 'S', value: 'text', userId: null })
  await rm(file)
  await expect(vaultOf().open(here)).rejects.toMatchObject({ code: 'master-key-missing' })
  await expect(vaultOf().set(here, { name: 'T', value: 'x', userId: null })).rejects.toMatchObject({
    code: 'master-key-missing',
  })
  await database.db.deleteFrom('secrets').execute()
  await vaultOf().set(here, { name: 'T', value: 'x', userId: null })
  expect(await vaultOf().open(here)).toEqual({ T: 'x' })
})

test('does not use a key file that others could read, or that is a link', async () => {
  const vault = vaultOf()
  await vault.check()
  expect((await readFile(file, 'utf8')).length).toBe(45)
  for (const mode of [0o640, 0o604, 0o620]) {
    await chmod(file, mode)
    await expect(vault.derived('x')).rejects.toMatchObject({ code: 'master-key-exposed' })
  }
  await chmod(file, 0o600)
  const linked = join(folder, 'link')
  await symlink(file, linked)
  await expect(vaultOf(fileKeyRing(linked, true)).derived('x')).rejects.toMatchObject({
    code: 'master-key-exposed',
  })
  await writeFile(file, 'no key\n')
  await expect(vault.derived('x')).rejects.toMatchObject({ code: 'master-key-invalid' })
})

test('makes one key when several processes start together', async () => {
  const rings = Array.from({ length: 8 }, () => fileKeyRing(file, true))
  const made = await Promise.all(rings.map((ring) => ring.create()))
  expect(new Set(made.map(([key]) => key?.id)).size).toBe(1)
})

test('what was handed out is hidden after it was replaced or deleted, what nobody read is forgotten', async () => {
  const vault = vaultOf()
  const all = await place()
  const production = { ...all, environment: 'production' }
  const set = (name: string, value: string, where = all) => vault.set(where, { name, value, userId: null })
  await set('A', 'first')
  await vault.open(production)
  await set('A', 'second')
  await set('A', 'third')
  await vault.open(production, { used: false })
  await set('A', 'fourth')
  expect((await vault.openToHide(production)).sort()).toEqual(['first', 'fourth'])
  // Another one goes before it in this environment: who was started before has the one of all.
  await set('A', 'own', production)
  await vault.open(production)
  expect(await vault.delete(production, 'A')).toBe(true)
  expect(await vault.delete(production, 'A')).toBe(false)
  expect((await vault.openToHide(production)).sort()).toEqual(['first', 'fourth', 'own'])
  expect((await vault.openToHide({ ...all, environment: 'staging' })).sort()).toEqual(['first', 'fourth'])
  expect(await vault.rotate()).toMatchObject({ rewrapped: 1 })
  expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(1)
  expect((await vault.openToHide(production)).sort()).toEqual(['first', 'fourth', 'own'])
  expect(await vault.open(production)).toEqual({ A: 'fourth' })
})

test('a lost key keeps nobody from deleting secrets and going on', async () => {
  const vault = vaultOf()
  const here = await place()
  await vault.set(here, { name: 'A', value: 'first', userId: null })
  await vault.open(here)
  await vault.set(here, { name: 'A', value: 'second', userId: null })
  await vault.open(here)
  await writeFile(file, `${base64()}\n`, { mode: 0o600 })
  await expect(vault.check()).rejects.toMatchObject({ code: 'master-key-missing' })
  await vault.delete(here, 'A')
  await vault.check()
  await vault.set(here, { name: 'B', value: 'third', userId: null })
  expect(await vault.openToHide(here)).toEqual(['third'])
  await vault.rotate()
  expect(await database.db.selectFrom('old_secrets').selectAll().execute()).toEqual([])
})

test('old values are kept as long as a release that may print them', async () => {
  const vault = vaultOf()
  const { project, environment } = await seedProject(database.db)
  const here = { projectId: project.id, environment: 'production' }
  const deployment = await insertDeployment(database.db, {
    id: newId(),
    project_id: project.id,
    environment_id: environment.id,
    change_id: null,
    run_id: null,
    commit_id: 'a'.repeat(40),
    trigger: 'manual',
    previous_deployment_id: null,
    rollback_of: null,
  })
  const replaced = async (where: typeof here) => {
    await vault.set(where, { name: 'A', value: 'old', userId: null })
    await vault.open(where)
    await vault.set(where, { name: 'A', value: 'new', userId: null })
  }
  await replaced(here)
  await replaced({ ...here, environment: 'staging' })
  expect(await deleteUnprintable(database.db)).toBe(1)
  expect(await vault.openToHide(here)).toContain('old')
  const ended = { status: 'completed' as const, conclusion: 'live' as const, release: 'running' as const }
  await database.db.updateTable('deployments').set(ended).where('id', '=', deployment.id).execute()
  expect(await deleteUnprintable(database.db)).toBe(0)
  await database.db.updateTable('deployments').set({ release: 'removed' }).execute()
  expect(await deleteUnprintable(database.db)).toBe(1)
  expect(await vault.openToHide(here)).toEqual(['new'])
})
