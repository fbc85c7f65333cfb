import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { emptyDatabase, type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { insertDeployment } from '../db/deployments.ts'
import { listEnvironments, setLive } from '../db/environments.ts'
import { migrateDatabase } from '../db/migrate.ts'
import { insertSession } from '../db/sessions.ts'
import { insertShell } from '../db/shells.ts'
import { insertSnapshot, leaseSnapshot } from '../db/snapshots.ts'
import { ensureOwner } from '../db/users.ts'
import { listWorkers, upsertWorker } from '../db/workers.ts'
import { appendEvent } from '../events/append.ts'
import { settleAfterRestore } from '../flows/after-restore.ts'
import { createLocalForge, type LocalForge } from '../forge/local/create-local-forge.ts'
import { verifyArchive } from './archive-reader.ts'
import { makeBackup } from './make-backup.ts'
import { brokenRestore, endRestore, importDatabase, restoreBackup, wouldBeLost } from './restore-backup.ts'

let from: TestDatabase
let to: TestDatabase
let folder: string
let forge: LocalForge
const said: string[] = []

beforeEach(async () => {
  from = await testDatabase()
  to = await emptyDatabase()
  folder = await mkdtemp(join(tmpdir(), 'signalbox-backup-'))
  forge = await createLocalForge({ dataDir: join(folder, 'old') })
})
afterEach(async () => {
  await from.close()
  await to.close()
  await rm(folder, { recursive: true, force: true })
})

const path = () => join(folder, 'all.tar')
const oldDir = () => join(folder, 'old')
const newDir = () => join(folder, 'new')

/** `large` is more than one part of an archive; only who looks at it needs it so. */
async function seed({ large = 64 * 1024 } = {}) {
  const { project, environment } = await seedProject(from.db)
  const files = [{ path: 'README.md', content: 'Hello\n' }]
  const { head } = await forge.initRepository({ projectId: project.id, files, message: 'Begin' })
  // No branch leads to it, and a row may name it: the candidate of a validation is such a commit.
  const tree = await forge.treeOf(project.id, head)
  const author = { name: 'A', email: 'a@b', at: 1_700_000_000 }
  const loose = await forge.commitTree({
    projectId: project.id,
    tree,
    parents: [head],
    message: 'Candidate',
    author,
  })
  await mkdir(join(oldDir(), 'blobs', 'a'), { recursive: true })
  await writeFile(join(oldDir(), 'blobs', 'a', 'large'), Buffer.alloc(large, 7))
  await writeFile(join(oldDir(), 'blobs', 'empty'), '')
  await writeFile(join(oldDir(), 'master.key'), 'the-key-of-this-place', { mode: 0o600 })
  await writeFile(join(oldDir(), 'cli-token'), 'not copied')
  await from.db.transaction().execute((tx) => appendEvent(tx, { type: 'test.happened' }))
  return { project, environment, head, loose }
}

async function backup(passphrase?: string) {
  const { connectionString } = from
  const now = new Date()
  const say = (text: string) => said.push(text)
  return await makeBackup({
    path: path(),
    passphrase,
    connectionString,
    dataDir: oldDir(),
    forge,
    version: 'test',
    now,
    say,
  })
}

async function restore(passphrase?: string) {
  const source = { path: path(), passphrase }
  const manifest = await verifyArchive(source)
  await mkdir(newDir(), { recursive: true })
  const restored = await createLocalForge({ dataDir: newDir() })
  const { connectionString } = to
  await restoreBackup({
    source,
    manifest,
    connectionString,
    dataDir: newDir(),
    forge: restored,
    say: () => {},
  })
  return { manifest, forge: restored }
}

test('everything comes back: rows, commits without a branch, large and empty files, keys with their mode', async () => {
  const large = 9 * 1024 * 1024
  const { project, head, loose } = await seed({ large })
  const result = await backup()
  expect(result).toMatchObject({ repositories: 1, files: 3 })
  expect((await stat(path())).mode & 0o777).toBe(0o600)

  const { forge: restored } = await restore()
  expect(await restored.head(project.id, 'main')).toBe(head)
  expect(await restored.treeOf(project.id, loose)).toBe(await forge.treeOf(project.id, head))
  expect((await readFile(join(newDir(), 'blobs', 'a', 'large'))).equals(Buffer.alloc(large, 7))).toBe(true)
  expect((await stat(join(newDir(), 'blobs', 'empty'))).size).toBe(0)
  expect((await stat(join(newDir(), 'master.key'))).mode & 0o777).toBe(0o600)
  await expect(stat(join(newDir(), 'cli-token'))).rejects.toThrow('ENOENT')

  await migrateDatabase(to.db)
  const projects = await to.db.selectFrom('projects').selectAll().execute()
  expect(projects).toEqual(await from.db.selectFrom('projects').selectAll().execute())
  const before = await from.db.selectFrom('events').selectAll().execute()
  expect(await to.db.selectFrom('events').selectAll().execute()).toEqual(before)
  const next = await to.db.transaction().execute((tx) => appendEvent(tx, { type: 'test.after' }))
  expect(next).toBeGreaterThan(before.at(-1)?.id ?? 0)
})

test('a sealed archive opens with its passphrase alone, and its bytes tell nothing', async () => {
  await seed()
  await backup('correct horse')
  expect((await readFile(path())).includes('the-key-of-this-place')).toBe(false)
  await expect(verifyArchive({ path: path(), passphrase: 'wrong horse' })).rejects.toThrow('passphrase')
  await expect(verifyArchive({ path: path(), passphrase: undefined })).rejects.toThrow(
    'sealed with a passphrase',
  )
  await restore('correct horse')
  expect(await readFile(join(newDir(), 'master.key'), 'utf8')).toBe('the-key-of-this-place')
})

test('a part of an archive, a changed byte and a foreign file are refused before anything is touched', async () => {
  await seed()
  await backup()
  const whole = await readFile(path())
  await truncate(path(), Math.floor(whole.length / 2))
  await expect(verifyArchive({ path: path(), passphrase: undefined })).rejects.toThrow('not a whole backup')
  const changed = Buffer.from(whole)
  const at = changed.indexOf(Buffer.alloc(1000, 7)) + 500
  changed[at] = 8
  await writeFile(path(), changed)
  await expect(verifyArchive({ path: path(), passphrase: undefined })).rejects.toThrow(
    'is not what was stored',
  )
  await writeFile(path(), 'hello')
  await expect(verifyArchive({ path: path(), passphrase: undefined })).rejects.toThrow('not a whole backup')
})

test('a backup that fails leaves no file, neither whole nor half', async () => {
  const { project } = await seed()
  await rm(forge.gitDir(project.id), { recursive: true })
  await expect(backup()).rejects.toThrow()
  await expect(stat(path())).rejects.toThrow('ENOENT')
  await expect(stat(`${path()}.part`)).rejects.toThrow('ENOENT')
})

test("a stranger's archive puts nothing where it would be run or read as ours", async () => {
  await seed()
  await backup()
  const manifest = await verifyArchive({ path: path(), passphrase: undefined })
  const [file] = manifest.files
  if (!file) throw new Error('no file in the archive')
  for (const bad of [
    'database/postgresql.auto.conf',
    'git/home/.gitconfig',
    './kit/x',
    '../x',
    'a/../git/x',
  ]) {
    const files = [{ ...file, path: bad }]
    const source = { path: path(), passphrase: undefined }
    const into = { connectionString: to.connectionString, dataDir: newDir(), forge, say: () => {} }
    await mkdir(newDir(), { recursive: true })
    await expect(
      restoreBackup({ ...into, source, manifest: { ...manifest, files, repositories: [] } }),
    ).rejects.toMatchObject({ code: 'backup-damaged' })
  }
})

test('a restore that is broken off is known, and begins anew', async () => {
  const { project, head } = await seed()
  await backup()
  await restore()
  expect(await brokenRestore(newDir())).toBe(path())
  const { forge: restored } = await restore()
  expect(await restored.head(project.id, 'main')).toBe(head)
  await endRestore(newDir())
  expect(await brokenRestore(newDir())).toBeUndefined()
})

test('what a restore would delete is named', async () => {
  await seed()
  expect(await wouldBeLost(to.connectionString, newDir())).toEqual([])
  const lost = await wouldBeLost(from.connectionString, oldDir())
  expect(lost.join('\n')).toContain('1 projects')
  expect(lost.join('\n')).toContain('blobs')
})

test('an archive of a later version is refused', async () => {
  await seed()
  await backup()
  const source = { path: path(), passphrase: undefined }
  const manifest = await verifyArchive(source)
  manifest.migrations.push('9999-later')
  const { connectionString } = to
  await expect(importDatabase({ source, manifest, connectionString, say: () => {} })).rejects.toThrow(
    'later Signalbox',
  )
})

test('work goes on during a backup, and what it writes is there whole or not at all', async () => {
  const { project } = await seed()
  let stop = false
  let written = 0
  const writing = (async () => {
    while (!stop) {
      await from.db.transaction().execute(async (tx) => {
        await appendEvent(tx, { type: 'pair.one', projectId: project.id })
        await appendEvent(tx, { type: 'pair.two', projectId: project.id })
      })
      written += 1
    }
  })()
  await backup()
  const during = written
  stop = true
  await writing
  expect(during).toBeGreaterThan(0)
  await restore()
  await migrateDatabase(to.db)
  const counted = await sql<{ type: string; n: number }>`
    select type, count(*) as n from events where type like 'pair.%' group by type order by type`.execute(
    to.db,
  )
  const [one, two] = counted.rows
  expect(one?.n).toBe(two?.n)
})

test('after a restore no worker of then holds anything, and what was live is queued to be deployed again', async () => {
  const { project, environment } = await seed()
  const { db } = from
  await upsertWorker(db, { id: newId(), name: 'then', pid: 1, slots: 1, sandbox: [], now: new Date() })
  const { job } = await seedClaimedJob(db, project.id)
  const live = await insertDeployment(db, {
    id: newId(),
    project_id: project.id,
    environment_id: environment.id,
    change_id: null,
    run_id: null,
    commit_id: 'a'.repeat(40),
    trigger: 'merge',
    previous_deployment_id: null,
    rollback_of: null,
  })
  await db
    .updateTable('deployments')
    .set({ status: 'completed', conclusion: 'live', release: 'running' })
    .execute()
  await setLive(db, { id: environment.id, fence: environment.fence, deploymentId: live.id })
  await backup()
  await restore()
  await migrateDatabase(to.db)
  const settled = await settleAfterRestore(to.db, new Date())
  expect(settled).toEqual({ redeployed: [environment.host], ended: 0, signedOut: 0 })
  expect(await listWorkers(to.db)).toEqual([])
  expect((await listEnvironments(to.db))[0]?.live_deployment_id).toBeNull()
  const deployments = await to.db.selectFrom('deployments').selectAll().orderBy('id').execute()
  expect(deployments.map((one) => [one.status, one.conclusion, one.release, one.commit_id[0]])).toEqual([
    ['completed', 'superseded', 'removed', 'a'],
    ['queued', null, 'none', 'a'],
  ])
  const jobs = await to.db.selectFrom('jobs').selectAll().execute()
  expect(jobs[0]).toMatchObject({ id: job.id, status: 'in_progress' })
})

test('after a restore no layer, session, link or shell of then is good, and API tokens are', async () => {
  const { project } = await seed()
  const { db } = from
  const now = new Date()
  const later = new Date(now.getTime() + 3_600_000)
  const owner = await ensureOwner(db, { id: newId(), name: 'Owner' })
  const { job } = await seedClaimedJob(db, project.id)
  const made = {
    store: newId(),
    projectId: project.id,
    changeId: null,
    paths: [],
    sizeBytes: 1,
    command: 'npm ci',
    now,
  }
  const install = { ...made, id: newId(), kind: 'install' as const, key: 'k', state: 'ready' as const }
  await insertSnapshot(db, { ...install, layer: 'install-1' })
  const failed = { ...install, id: newId(), kind: 'failed' as const, key: 'f', baseId: install.id }
  await insertSnapshot(db, { ...failed, layer: 'failed-1' })
  await insertSnapshot(db, { ...install, id: newId(), key: 'bad', state: 'unusable', layer: '' })
  await leaseSnapshot(db, { id: install.id, holder: job.id, workerId: newId(), now })
  await insertShell(db, {
    id: newId(),
    jobId: job.id,
    snapshotId: failed.id,
    userId: owner.id,
    ticketHash: Buffer.from('t'),
    now,
  })
  const session = { user_id: owner.id, expires_at: later, ip_address: null, user_agent: null }
  await insertSession(db, { ...session, id: newId(), token: 'stolen later' })
  await db
    .insertInto('login_tokens')
    .values({ token_hash: Buffer.from('l'), user_id: owner.id, expires_at: later, kind: 'invite' })
    .execute()
  const token = { id: newId(), user_id: owner.id, name: 'ci', token_hash: Buffer.from('a') }
  await db.insertInto('api_tokens').values(token).execute()
  await backup()
  await restore()
  await migrateDatabase(to.db)
  expect(await settleAfterRestore(to.db, now)).toMatchObject({ signedOut: 1 })
  for (const table of ['sessions', 'login_tokens', 'verifications', 'snapshot_leases'] as const) {
    expect(await to.db.selectFrom(table).selectAll().execute(), table).toEqual([])
  }
  const snapshots = await to.db.selectFrom('snapshots').select(['key', 'state']).execute()
  expect(snapshots).toEqual([{ key: 'bad', state: 'unusable' }])
  const shells = await to.db.selectFrom('shells').selectAll().execute()
  expect(shells).toMatchObject([{ ticket_hash: null, ended_at: now, snapshot_id: null }])
  expect(await to.db.selectFrom('api_tokens').select('name').execute()).toEqual([{ name: 'ci' }])
})
