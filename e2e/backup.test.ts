import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, expect, test } from 'vitest'
import { logOf } from './small-project.ts'

const run = promisify(execFile)
const bin = join(import.meta.dirname, '..', 'packages/client/bin/signalbox.mjs')
const started: Platform[] = []
const folders: string[] = []

afterAll(async () => {
  for (const platform of started) await platform.destroy()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'signalbox-e2e-'))
  folders.push(path)
  return path
}

const done = (change: { status: string }) => change.status === 'completed'

test('a backup made during work is restored on an empty machine, where everything is there and work goes on', async () => {
  const first = await startPlatform()
  started.push(first)
  const goal = (platform: Platform, text: string) =>
    platform.call('createChange', { params: { project: 'sample' }, body: { goal: text } })
  const landed = await goal(first, 'Show long waits in days')
  await first.waitForChange(landed.id, done)
  const question = await goal(first, 'What does this project do?')
  await first.waitForChange(question.id, done)
  const log = await logOf(first, await first.call('getChange', { params: { change: landed.id } }))

  const underWay = await goal(first, 'Report the tide with the health check')
  await first.waitForChange(underWay.id, (change) => change.status === 'validating')
  const passphraseFile = join(await folder(), 'passphrase')
  await writeFile(passphraseFile, 'correct horse battery\n')
  const archive = (await first.cli('backup', await folder(), '--passphrase-file', passphraseFile)).trim()
  const before = await first.call('listChanges', { query: {} })
  await first.destroy()

  const dataDir = await folder()
  const env = { ...process.env, SIGNALBOX_DATA_DIR: dataDir }
  const restore = (...more: string[]) =>
    run(process.execPath, [bin, 'restore', archive, '--passphrase-file', passphraseFile, ...more], { env })
  const { stderr } = await restore()
  expect(stderr).toContain('Will be deployed again at the start: sample.localhost')
  await expect(restore()).rejects.toThrow(/This would delete/)

  const second = await startPlatform({}, { dataDir })
  started.push(second)
  const after = await second.call('listChanges', { query: {} })
  expect(after.items.map((change) => change.id)).toEqual(before.items.map((change) => change.id))
  const restored = await second.call('getChange', { params: { change: landed.id } })
  expect(restored.conclusion).toBe('deployed')
  expect(await logOf(second, restored)).toBe(log)
  expect(restored.pullRequest?.landedCommit).toBeTruthy()

  // Its release turns unhealthy by design: the watch over it and the way back work here, too.
  const continued = await second.waitForChange(underWay.id, done, 150_000)
  expect(continued.conclusion).toBe('rolled_back')
  await until(async () => (await second.visit('sample.localhost')).text.includes('3 d 3 h'), 60_000)
  const next = await goal(second, 'Take the tide gauge out again')
  const deployed = await second.waitForChange(next.id, done, 150_000)
  expect(deployed.conclusion).toBe('deployed')
  const project = await second.call('getProject', { params: { project: 'sample' } })
  expect(project.headCommit).toBe(deployed.pullRequest?.landedCommit)
})
