import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processRef } from '@signalbox/engine/sandbox/linux/processes.ts'
import { writeState } from '@signalbox/engine/sandbox/linux/state.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import type { DoctorFacts } from '../db/doctor-facts.ts'
import { sandboxFindings } from './doctor.ts'
import { databaseFindings } from './doctor-database.ts'
import { findingText, note, wrong } from './doctor-finding.ts'
import {
  checkLeftSandboxes,
  checkPorts,
  checkSecretFiles,
  checkVariables,
  ownerFindings,
  portFinding,
} from './doctor-machine.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'signalbox-doctor-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const well: DoctorFacts = {
  clockAheadMs: 10,
  queuedLong: 0,
  aliveWorkers: 1,
  agentWorkers: 1,
  deployWorkers: 1,
  connections: 20,
  maxConnections: 97,
  oldestTransactionSeconds: 3,
  checksums: true,
  checksumFailures: 0,
  oldestRowAge: 1000,
}
const bad = (facts: Partial<DoctorFacts>) =>
  databaseFindings({ ...well, ...facts })
    .filter(({ severity }) => severity !== 'ok')
    .map(({ severity, part }) => [severity, part])

test('a database that is well has nothing to mend, and each number says what it is when it is not', () => {
  expect(bad({})).toEqual([])
  expect(bad({ clockAheadMs: -2500 })).toEqual([['error', 'clock']])
  expect(bad({ aliveWorkers: 0 })).toEqual([['error', 'workers']])
  expect(bad({ agentWorkers: 0 })).toEqual([['warning', 'workers']])
  expect(bad({ deployWorkers: 0 })).toEqual([['warning', 'workers']])
  expect(bad({ queuedLong: 3 })).toEqual([['warning', 'queue']])
  expect(bad({ connections: 80 })).toEqual([['warning', 'connections']])
  expect(bad({ connections: 95 })).toEqual([['error', 'connections']])
  expect(bad({ oldestTransactionSeconds: 4000 })).toEqual([['warning', 'transactions']])
  expect(bad({ checksums: false })).toEqual([['note', 'checksums']])
  expect(bad({ checksumFailures: 1 })).toEqual([['error', 'checksums']])
  expect(bad({ oldestRowAge: 1_200_000_000 })).toEqual([['error', 'vacuum']])
})

test('every warning and every error says how to mend it, on a line of its own', () => {
  const all = databaseFindings({
    ...well,
    aliveWorkers: 0,
    queuedLong: 1,
    connections: 90,
    checksumFailures: 1,
  })
  for (const { severity, mend } of all) expect(mend === null).toBe(severity === 'ok')
  expect(findingText(wrong('git', 'is not installed', 'Install it.'))).toBe(
    'WRONG  git          is not installed\n                    → Install it.\n',
  )
  expect(findingText(note('disk', 'is measured'))).toBe('note   disk         is measured\n')
})

test('a folder of another user, and one into which others may write, are told apart', () => {
  const folder = { dataDir: '/data', uid: 1000, mode: 0o40711, me: 1000 }
  expect(ownerFindings(folder)).toMatchObject([{ severity: 'ok' }])
  expect(ownerFindings({ ...folder, me: 0 })).toMatchObject([{ severity: 'warning' }])
  expect(ownerFindings({ ...folder, mode: 0o40777 })).toMatchObject([
    { severity: 'error', mend: expect.stringContaining('chmod go-w /data') },
  ])
})

test('files of keys that others can read are named with the command that closes them', async () => {
  await writeFile(join(dataDir, 'master-key'), 'k', { mode: 0o644 })
  await writeFile(join(dataDir, 'cli-token'), 't', { mode: 0o600 })
  expect(await checkSecretFiles({ ...readConfig({}), dataDir })).toMatchObject([
    { severity: 'error', part: 'master-key', mend: expect.stringContaining('chmod 600') },
    { severity: 'ok', part: 'cli-token' },
  ])
})

test('a port is ours, free, or named with the program that has it', async () => {
  const seen = { part: 'server', variable: 'PORT', port: 3000, ours: false, holder: undefined }
  expect(portFinding({ ...seen, ours: true }).severity).toBe('ok')
  expect(portFinding(seen)).toMatchObject({ severity: 'warning', text: 'nothing answers on port 3000' })
  const foreign = createServer((_request, response) => void response.end('{}'))
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
  try {
    const address = foreign.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const [server] = await checkPorts({ ...readConfig({}), dataDir, port, ingressPort: port })
    expect(server).toMatchObject({
      severity: 'error',
      text: expect.stringContaining(`port ${port} is taken by`),
      mend: expect.stringContaining('PORT'),
    })
    expect(server?.text).toContain(`process ${process.pid}`)
  } finally {
    foreign.close()
  }
})

test('a sandbox whose maker is gone is counted, one whose maker lives is not', async () => {
  const config = { ...readConfig({}), dataDir }
  expect(await checkLeftSandboxes(config)).toMatchObject({ severity: 'ok' })
  const me = processRef(process.pid)
  const state = { ownerId: 'w', provider: 'unshare', detached: false, run: '/r', ports: [], env: {} }
  if (!me) throw new Error('this process is not alive')
  for (const [id, creator] of [
    ['mine', me],
    ['left', { ...me, startTicks: '1' }],
  ] as const) {
    await mkdir(join(dataDir, 'sandboxes', id), { recursive: true })
    await writeState(join(dataDir, 'sandboxes', id, 'state.json'), { ...state, id, creator })
  }
  expect(await checkLeftSandboxes(config)).toMatchObject({
    severity: 'warning',
    text: '1 were left by a process that is gone: left',
  })
})

test('slips of the pen in names of settings are noted', () => {
  expect(
    checkVariables({ SIGNALBOX_DATADIR: 'x', SIGNALBOX_DATA_DIR: 'y', SIGNALBOX_ROOT: 'r', HOME: 'z' }),
  ).toMatchObject([{ severity: 'note', text: expect.stringContaining('SIGNALBOX_DATADIR') }])
})

test('without any sandbox each kind says what to install, and no isolation at all is wrong', () => {
  const no = { enforced: false, how: 'no' }
  const each = { memory: no, pids: no, cpu: no, disk: no, network: no, ownUser: no, overlay: no }
  const missing = { provider: 'bubblewrap', available: false, reason: 'bwrap is not installed', ...each }
  expect(sandboxFindings([missing])).toMatchObject([
    { severity: 'error', mend: 'Install bubblewrap: apt-get install bubblewrap.' },
  ])
  expect(sandboxFindings([{ provider: 'host', available: true, ...each }])[0]).toMatchObject({
    severity: 'error',
  })
  const parts = sandboxFindings([missing, { provider: 'unshare', available: true, ...each }])
  expect(parts[0]).toMatchObject({ severity: 'ok', text: 'unshare' })
  expect(parts.filter(({ severity }) => severity === 'note')).toHaveLength(7)
})
