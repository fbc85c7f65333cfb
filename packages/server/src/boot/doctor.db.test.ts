import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@signalbox/core/base/clock.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ensureAuthKey } from '../auth/auth-key.ts'
import { signingKey } from '../auth/signing-keys.ts'
import { readConfig } from '../config.ts'
import { readDoctorFacts } from '../db/doctor-facts.ts'
import { heartbeatWorker, markWorkerStopped, upsertWorker } from '../db/workers.ts'
import { examine } from './doctor.ts'
import { checkAuthKey, checkMasterKeys } from './doctor-keys.ts'

let database: TestDatabase
let dataDir: string
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'signalbox-doctor-'))
  return () => rm(dataDir, { recursive: true, force: true })
})
const config = (more = {}) => ({ ...readConfig({ PORT: '1' }), dataDir, ...more })

test('the database tells its numbers', async () => {
  const facts = await readDoctorFacts(database.db, Date.now)
  expect(Math.abs(facts.clockAheadMs)).toBeLessThan(2000)
  expect(facts).toMatchObject({ queuedLong: 0, aliveWorkers: 0, checksumFailures: 0 })
  expect(facts.connections).toBeGreaterThan(0)
  expect(facts.maxConnections).toBeGreaterThan(facts.connections)
  expect(facts.oldestRowAge).toBeGreaterThan(0)
})

test('the workers are counted by what they take, and a new one that has not said so takes everything', async () => {
  const { db } = database
  const now = new Date()
  const add = async (stats?: Record<string, unknown>) => {
    const id = newId()
    await upsertWorker(db, { id, name: 'w', pid: 1, slots: 1, sandbox: [], now })
    if (stats) await heartbeatWorker(db, { id, now, stats })
    return id
  }
  const counts = async () => {
    const { aliveWorkers, agentWorkers, deployWorkers } = await readDoctorFacts(db, Date.now)
    return [aliveWorkers, agentWorkers, deployWorkers]
  }
  const ids = [await add({ inHand: 0, agents: false, deployments: true })]
  expect(await counts()).toEqual([1, 0, 1])
  ids.push(await add({ inHand: 0, agents: true, deployments: false }))
  expect(await counts()).toEqual([2, 1, 1])
  ids.push(await add())
  expect(await counts()).toEqual([3, 2, 2])
  for (const id of ids) await markWorkerStopped(db, { id, now })
  expect(await counts()).toEqual([0, 0, 0])
})

test('a look from inside a server covers machine, rows, keys and what workers say of sandboxes', async () => {
  const how = { enforced: true, how: 'yes' }
  const each = { memory: how, pids: how, cpu: how, disk: how, network: how, ownUser: how, overlay: how }
  const findings = await examine(config(), database.db, [{ provider: 'unshare', available: true, ...each }])
  const parts = findings.map(({ part }) => part)
  for (const part of ['git', 'data folder', 'owner', 'server', 'ingress', 'sandboxes', 'database', 'clock']) {
    expect(parts, part).toContain(part)
  }
  for (const part of ['connections', 'transactions', 'checksums', 'master key', 'sandbox']) {
    expect(parts, part).toContain(part)
  }
})

test('a master key that is wrong or lies about unused is named, and looking makes none', async () => {
  expect(await checkMasterKeys(config(), database.db)).toMatchObject([
    { severity: 'ok', text: 'none was needed yet' },
    { severity: 'note', text: expect.stringContaining('lies beside') },
  ])
  await writeFile(join(dataDir, 'master-key'), 'not a key', { mode: 0o600 })
  expect(await checkMasterKeys(config(), database.db)).toMatchObject([
    { severity: 'error', mend: expect.stringContaining('openssl') },
    { severity: 'note' },
  ])
  const masterKey = Buffer.alloc(32, 1).toString('base64')
  expect(await checkMasterKeys(config({ masterKey }), database.db)).toMatchObject([
    { severity: 'ok' },
    { severity: 'note', text: expect.stringContaining('is not used') },
  ])
})

test('an auth-key that is gone or another one is named, and looking neither makes one nor ends keys', async () => {
  const { db } = database
  const look = () => checkAuthKey(config(), db)
  expect(await look()).toMatchObject({ severity: 'ok', text: 'none was needed yet' })
  const authSecret = await ensureAuthKey(dataDir)
  await signingKey({ db, clock: systemClock, authSecret })
  expect(await look()).toMatchObject({ severity: 'ok' })
  await rm(join(dataDir, 'auth-key'))
  expect(await look()).toMatchObject({ severity: 'error', text: expect.stringContaining('is gone') })
  expect(await look()).toMatchObject({ severity: 'error' })
  await writeFile(join(dataDir, 'auth-key'), 'x'.repeat(43), { mode: 0o600 })
  expect(await look()).toMatchObject({
    severity: 'error',
    text: 'is another one than sealed 1 of 1 keys that sign JWTs',
    mend: expect.stringContaining('backup'),
  })
  await writeFile(join(dataDir, 'auth-key'), 'short', { mode: 0o600 })
  expect(await look()).toMatchObject({ severity: 'error', text: expect.stringContaining('holds no key') })
  await writeFile(join(dataDir, 'auth-key'), authSecret, { mode: 0o600 })
  expect(await look()).toMatchObject({ severity: 'ok' })
})

test('admins see the findings over HTTP, whoever is not signed in does not, and several may ask at once', async () => {
  let looks = 0
  let end = () => {}
  const looked = new Promise<void>((resolve) => {
    end = resolve
  })
  const api = await apiUnderTest({
    doctor: async () => {
      looks += 1
      await looked
      return [{ severity: 'warning', part: 'queue', text: 'is long', mend: 'Add slots.' }]
    },
  })
  try {
    expect((await fetch(`${api.url}/api/system/doctor`)).status).toBe(401)
    const both = [api.call('GET', '/api/system/doctor'), api.call('GET', '/api/system/doctor')]
    await expect.poll(() => looks).toBe(1)
    end()
    for (const answer of await Promise.all(both)) {
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ findings: [{ severity: 'warning', mend: 'Add slots.' }] })
    }
  } finally {
    await api.close()
  }
})
