import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { Blobs } from '@signalbox/server/storage/port.ts'
import { createS3Blobs } from '@signalbox/server/storage/s3/create-s3-blobs.ts'
import { s3ServerOrNotRun } from '@signalbox/testing/installed-s3-server.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { type S3Server, startS3Server } from '@signalbox/testing/s3-server.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addProject } from './small-project.ts'

const root = resolve(import.meta.dirname, '..')
const jobs = Array.from({ length: 10 }, (_, n) => `j${n}`)
const workflow = `name: Share
on: workflow_dispatch
jobs:
${jobs
  .map(
    (name) => `  ${name}:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: cat README.md; sleep 2; echo "done ${name} \${{ secrets.TOKEN }}"
`,
  )
  .join('')}`

const installed = await s3ServerOrNotRun('two workers with one store of blobs')

let s3: S3Server
let platform: Platform
let elsewhere: string
let second: ChildProcess | undefined
let said = ''

function storage(): Record<string, string> {
  return {
    SIGNALBOX_S3_BUCKET: s3.options.bucket,
    SIGNALBOX_S3_ENDPOINT: s3.options.endpoint ?? '',
    SIGNALBOX_S3_ACCESS_KEY_ID: 'S3RVER',
    SIGNALBOX_S3_SECRET_ACCESS_KEY: 'S3RVER',
    SIGNALBOX_WORKER_SLOTS: '3',
    SIGNALBOX_LOGS_TO_BLOBS_AFTER_SECONDS: '1',
  }
}

async function startSecond(): Promise<void> {
  const folder = join(platform.dataDir, 'database')
  const password = (await readFile(join(folder, 'password'), 'utf8')).trim()
  const port = (await readFile(join(folder, 'port'), 'utf8')).trim()
  const key = (await readFile(join(platform.dataDir, 'master-key'), 'utf8')).trim()
  second = spawn(process.execPath, [join(root, 'packages/client/bin/signalbox.mjs'), 'worker'], {
    env: {
      ...process.env,
      ...storage(),
      SIGNALBOX_DATA_DIR: elsewhere,
      DATABASE_URL: `postgres://signalbox:${encodeURIComponent(password)}@127.0.0.1:${port}/signalbox`,
      SIGNALBOX_MASTER_KEY: key,
      SIGNALBOX_SERVER_URL: `http://127.0.0.1:${platform.port}`,
      SIGNALBOX_LOG_LEVEL: 'info',
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const collect = (chunk: Buffer) => {
    said += chunk.toString()
  }
  second.stdout?.on('data', collect)
  second.stderr?.on('data', collect)
  await until(
    async () => said.includes('taking jobs'),
    60_000,
    () => said,
  )
}

async function keysOf(store: Blobs, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

function killSecond(): void {
  if (second?.pid && second.exitCode === null) process.kill(-second.pid, 'SIGKILL')
}

beforeEach(({ skip }) => {
  if (!installed) skip()
})
beforeAll(async () => {
  if (!installed) return
  s3 = await startS3Server()
  platform = await startPlatform(storage())
  elsewhere = await mkdtemp(join(tmpdir(), 'signalbox-second-'))
  const files = { 'README.md': '# Shared work\n', '.signalbox/workflows/share.yml': workflow }
  const { slug } = await addProject(platform, { name: 'Shared', files })
  const items = [{ name: 'TOKEN', value: 'a-shared-secret' }]
  await platform.call('setSecrets', { params: { project: slug }, body: { items } })
  await startSecond()
})
afterAll(async () => {
  try {
    killSecond()
  } catch {
    // It is gone already.
  }
  await platform?.destroy()
  await s3?.close()
  if (elsewhere) await rm(elsewhere, { recursive: true, force: true })
})

test('two workers share the jobs of a run; one that is killed loses none, and each ends once', async () => {
  const { id } = await platform.call('createRun', {
    params: { project: 'shared' },
    body: { workflow: 'share.yml' },
  })
  const look = () => platform.call('getRun', { params: { run: id } })
  const inProgress = async () => (await look()).jobs.filter((job) => job.status === 'in_progress').length
  // Three slots here and three there: more than three at once are shared.
  await until(
    async () => (await inProgress()) > 3,
    30_000,
    () => said,
  )
  killSecond()
  await until(
    async () => (await look()).status === 'completed',
    120_000,
    () => said,
  )
  const run = await look()
  expect(run.jobs.map((job) => job.reason ?? job.conclusion)).toEqual(jobs.map(() => 'success'))
  expect(run.conclusion).toBe('success')
  expect(run.jobs.some((job) => job.attempt > 1)).toBe(true)
  const store = createS3Blobs(s3.options)
  await until(async () => (await keysOf(store, 'logs/')).length >= jobs.length, 60_000)
  for (const job of run.jobs) {
    // Out of the bucket now; secrets are as masked there as they were in the rows.
    const [key = ''] = await keysOf(store, `logs/${job.id}/${job.attempt}-`)
    const packed = await buffer((await store.get(key))?.data ?? Readable.from([]))
    const stored = gunzipSync(packed).toString()
    expect(stored).toContain(`done ${job.name} ***`)
    expect(stored).not.toContain('a-shared-secret')
    const { lines } = await platform.call('getJobLog', { params: { job: job.id }, query: { limit: 1000 } })
    const ends = lines.filter((line) => line.text.startsWith('done '))
    expect(ends.map((line) => line.text)).toEqual([`done ${job.name} ***`])
    expect(lines.some((line) => line.text === '# Shared work')).toBe(true)
  }
})
