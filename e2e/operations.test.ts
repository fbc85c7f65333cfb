import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ExternalPostgres,
  startExternalPostgres,
  systemPostgres,
} from '@signalbox/testing/external-postgres.ts'
import { s3ServerOrNotRun } from '@signalbox/testing/installed-s3-server.ts'
import { freePort, type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { type S3Server, startS3Server } from '@signalbox/testing/s3-server.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProject, give, logOf, processesWith } from './small-project.ts'

const bin = join(import.meta.dirname, '..', 'packages/client/bin/signalbox.mjs')
const folders: string[] = []
const running = new Set<Platform>()
afterAll(async () => {
  for (const platform of running) await platform.destroy()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function newFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'signalbox-e2e-'))
  folders.push(path)
  return path
}

interface Said {
  code: number
  out: string
  err: string
}

/** What a person who types `signalbox ARGS` sees, whether it goes well or not. */
async function signalbox(env: Record<string, string>, ...args: string[]): Promise<Said> {
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [bin, ...args],
      { env: { ...process.env, ...env }, maxBuffer: 16 * 1024 * 1024 },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    )
  })
}

async function start(env: Record<string, string>, dataDir?: string): Promise<Platform> {
  const platform = await startPlatform(env, dataDir === undefined ? {} : { dataDir })
  running.add(platform)
  return platform
}

/** A change of the small project, from its goal to its end. */
async function land(platform: Platform, text: string): Promise<string> {
  const { id } = await give(platform, 'small', `echo ${text} >> README.md; echo said ${text}`)
  const done = await platform.waitForChange(id, ({ status }) => status === 'completed')
  expect(done.conclusion).toBe('merged')
  const { items } = await platform.call('listRuns', { query: { project: 'small' } })
  const [validation] = items.filter((run) => run.kind === 'validation')
  expect(validation).toMatchObject({ triggerEvent: 'pull_request', status: 'completed' })
  expect(validation?.durationMs).toBeGreaterThan(0)
  return id
}

async function conclusions(platform: Platform): Promise<[number, string | null][]> {
  const { items } = await platform.call('listChanges', { query: {} })
  return items.map(({ number, conclusion }) => [number, conclusion])
}

const s3Installed = await s3ServerOrNotRun('operations on an installation with a bucket')

describe.runIf(s3Installed !== undefined)('an installation whose blobs are in a bucket', () => {
  let s3: S3Server
  let platform: Platform
  let bucketEnv: Record<string, string>
  let env: Record<string, string>
  const doctor = (more: Record<string, string> = {}, ...args: string[]) =>
    signalbox({ ...env, ...more }, 'doctor', ...args)

  beforeAll(async () => {
    s3 = await startS3Server()
    const { bucket, endpoint = '', region, credentials } = s3.options
    bucketEnv = {
      SIGNALBOX_S3_BUCKET: bucket,
      SIGNALBOX_S3_ENDPOINT: endpoint,
      SIGNALBOX_S3_REGION: region,
      SIGNALBOX_S3_PATH_STYLE: 'true',
      SIGNALBOX_S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
      SIGNALBOX_S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
      SIGNALBOX_LOGS_TO_BLOBS_AFTER_SECONDS: '0',
    }
    platform = await start(bucketEnv)
    env = {
      ...bucketEnv,
      SIGNALBOX_DATA_DIR: platform.dataDir,
      PORT: String(platform.port),
      SIGNALBOX_INGRESS_PORT: String(platform.ingressPort),
    }
    await addProject(platform, { name: 'small' })
  })
  afterAll(() => s3?.close())

  test('doctor finds nothing to mend while all is well', async () => {
    await until(async () => (await doctor()).code === 0, 30_000)
    const { code, out } = await doctor()
    expect(out).not.toMatch(/WARN|WRONG/)
    expect(out).toMatch(/^ok {5}database {5}PostgreSQL 18/m)
    expect(out).toMatch(/^ok {5}bucket {7}.*stores and gives back$/m)
    expect(out).toContain(`answers on port ${platform.port}`)
    expect(out).toContain('1 can take jobs')
    expect(code).toBe(0)
    const { findings } = JSON.parse((await doctor({}, '--json')).out)
    expect(findings.length).toBeGreaterThan(15)
  })

  test('doctor names a bucket that refuses, a bucket that is away and a key that others can read', async () => {
    const refused = await doctor({ SIGNALBOX_S3_SECRET_ACCESS_KEY: 'another' })
    expect(refused.code).toBe(1)
    expect(refused.out).toMatch(/^WRONG {2}bucket .*\n +→ ./m)
    const missing = await doctor({ SIGNALBOX_S3_BUCKET: 'nobodys' })
    expect(missing.out).toMatch(/^WRONG {2}bucket .*nobodys/m)
    await s3.kill()
    await chmod(join(platform.dataDir, 'auth-key'), 0o644)
    try {
      const { code, out } = await doctor()
      expect(code).toBe(1)
      expect(out).toMatch(/^WRONG {2}bucket .*\n +→ ./m)
      expect(out).toMatch(/^WRONG {2}auth-key .*\n +→ Others can read it: chmod 600/m)
      // All the rest is said as ever.
      expect(out).toMatch(/^ok {5}database /m)
      expect(out).not.toContain(env['SIGNALBOX_S3_SECRET_ACCESS_KEY'] ?? '-')
    } finally {
      await s3.start()
      await chmod(join(platform.dataDir, 'auth-key'), 0o600)
    }
    expect((await doctor()).code).toBe(0)
  })

  test('a backup leaves the bucket out, and a restore on an empty folder needs that bucket', async () => {
    const change = await land(platform, 'one')
    const log = await logOf(platform, await platform.call('getChange', { params: { change } }))
    expect(log).toContain('said one')
    await until(
      async () => (await readdir(s3.folder, { recursive: true })).some((name) => /log/.test(name)),
      30_000,
    )
    const made = await signalbox(env, 'backup', await newFolder())
    expect(made.err).toContain('Blobs         stay in the')
    expect(made.err).toContain('NOT sealed')
    const archive = made.out.trim()
    await platform.destroy()
    running.delete(platform)

    const dataDir = await newFolder()
    const there = { SIGNALBOX_DATA_DIR: dataDir, PORT: String(await freePort()) }
    const without = await signalbox(there, 'restore', archive)
    expect(without.code).toBe(1)
    expect(without.err).toContain('No bucket is configured here.')
    expect(await readdir(dataDir)).toEqual([])
    const restored = await signalbox({ ...env, ...there }, 'restore', archive)
    expect(restored).toMatchObject({ code: 0, err: expect.stringContaining('which answers') })
    const second = await start(bucketEnv, dataDir)
    expect(await conclusions(second)).toEqual([[1, 'merged']])
    const after = await second.call('getChange', { params: { change } })
    expect(await logOf(second, after)).toBe(log)
    await land(second, 'two')
  })
})

const [major] = await systemPostgres()
if (major === undefined) {
  process.stderr.write(
    'NOT RUN: rows to an external PostgreSQL and back. None of the system is installed (apt-get install postgresql).\n',
  )
}

describe.runIf(major !== undefined)(`from the embedded PostgreSQL to ${major} of the system`, () => {
  let server: ExternalPostgres
  beforeAll(async () => {
    server = await startExternalPostgres(major ?? 0)
    await server.asAdmin(['create database ours owner owner'])
    await server.asAdmin(['alter schema public owner to owner'], 'ours')
  })
  afterAll(() => server?.destroy())

  test('rows move, work goes on there, and they move back with what was made there', async () => {
    const embedded = await start({})
    const { dataDir } = embedded
    const ports = { PORT: String(embedded.port), SIGNALBOX_INGRESS_PORT: String(embedded.ingressPort) }
    const inside = { SIGNALBOX_DATA_DIR: dataDir, ...ports }
    const outside = { ...inside, DATABASE_URL: server.url('ours') }
    await addProject(embedded, { name: 'small' })
    await embedded.call('setSecrets', {
      params: { project: 'small' },
      body: { environment: '', items: [{ name: 'KEY', value: 'kept through it all' }] },
    })
    const first = await land(embedded, 'one')
    const log = await logOf(embedded, await embedded.call('getChange', { params: { change: first } }))
    await embedded.stop()

    const stopped = await signalbox(inside, 'doctor')
    expect(stopped.code).toBe(1)
    expect(stopped.out).toMatch(/^WRONG {2}database .*does not run\n +→ Start it: "signalbox up"/m)
    expect(stopped.out).toContain(`nothing answers on port ${embedded.port}`)

    const passphrase = join(await newFolder(), 'passphrase')
    await writeFile(passphrase, 'correct horse battery\n')
    const sealed = ['--passphrase-file', passphrase]
    const rows = join(await newFolder(), 'rows.tar')
    expect(await signalbox(inside, 'db', 'export', rows, ...sealed)).toMatchObject({
      code: 0,
      out: `${rows}\n`,
    })
    // Started for the export alone, it does not stay.
    expect(await processesWith(`${dataDir}/database`)).toEqual([])
    expect(await signalbox(outside, 'db', 'import', rows)).toMatchObject({
      code: 1,
      err: expect.stringContaining('sealed with a passphrase'),
    })
    expect(await signalbox(outside, 'db', 'import', rows, ...sealed)).toMatchObject({
      code: 0,
      err: expect.stringContaining('Imported.'),
    })
    const status = await signalbox(outside, 'db', 'status')
    expect(status.out).not.toContain('not applied')
    const twice = await signalbox(outside, 'db', 'import', rows, ...sealed)
    expect(twice).toMatchObject({ code: 1, err: expect.stringContaining('This would delete:') })

    const external = await start({ DATABASE_URL: server.url('ours') }, dataDir)
    expect(await conclusions(external)).toEqual([[1, 'merged']])
    expect(await logOf(external, await external.call('getChange', { params: { change: first } }))).toBe(log)
    // What it says while the worker has not shown itself yet is right, and not what this is about.
    await land(external, 'two')
    const told = await signalbox(
      { ...outside, PORT: String(external.port), SIGNALBOX_INGRESS_PORT: String(external.ingressPort) },
      'doctor',
    )
    expect(told.out).toMatch(new RegExp(`^ok {5}database {5}PostgreSQL ${major}`, 'm'))
    expect(told.out).toMatch(/^ok {5}master key .*opens every secret/m)
    expect(told.out).not.toMatch(/WARN|WRONG/)
    expect(told.code).toBe(0)
    await external.stop()

    const back = join(await newFolder(), 'back.tar')
    expect(await signalbox(outside, 'db', 'export', back)).toMatchObject({ code: 0 })
    const refused = await signalbox(inside, 'db', 'import', back)
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('say --force') })
    expect(await signalbox(inside, 'db', 'import', back, '--force')).toMatchObject({ code: 0 })
    expect(await processesWith(`${dataDir}/database`)).toEqual([])
    const again = await start({}, dataDir)
    expect((await conclusions(again)).sort()).toEqual([
      [1, 'merged'],
      [2, 'merged'],
    ])
    await land(again, 'three')
    const { items } = await again.call('listSecrets', { params: { project: 'small' } })
    expect(items.map(({ name }) => name)).toEqual(['KEY'])
  })
})
