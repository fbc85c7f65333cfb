import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, rmdir, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Health } from '@signalbox/core/contract/views/system.ts'
import {
  type ExternalPostgres,
  startExternalPostgres,
  systemPostgres,
} from '@signalbox/testing/external-postgres.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterEach, describe, expect, test } from 'vitest'

let platform: Platform | undefined
let server: ExternalPostgres | undefined

afterEach(async () => {
  await platform?.destroy()
  platform = undefined
  await server?.destroy()
  server = undefined
})

async function health(running: Platform): Promise<{ status: number; health: Health }> {
  const answer = await fetch(`http://127.0.0.1:${running.port}/health`)
  return { status: answer.status, health: (await answer.json()) as Health }
}

const done = (change: { status: string }) => change.status === 'completed'
const goal = (running: Platform, text: string) =>
  running.call('createChange', { params: { project: 'sample' }, body: { goal: text } })

const [major] = await systemPostgres()
if (major === undefined) {
  process.stderr.write(
    'NOT RUN: a lost external database. No PostgreSQL of the system is installed (apt-get install postgresql).\n',
  )
}

describe.runIf(major !== undefined)('an external PostgreSQL with TLS', () => {
  test('is lost in the middle of work and comes back: the page says since when, and nothing is lost', async () => {
    server = await startExternalPostgres(major ?? 0)
    await server.asAdmin(['create database ci owner owner'])
    await server.asAdmin(['alter schema public owner to owner'], 'ci')
    const running = await startPlatform({ DATABASE_URL: server.url('ci') })
    platform = running
    const change = await goal(running, 'Show long waits in days')
    await running.waitForChange(change.id, ({ status }) => status === 'validating')
    const before = [await running.pidOf('server'), await running.pidOf('worker')]

    await server.stop()
    await until(async () => (await health(running)).status === 503, 20_000)
    const { health: down } = await health(running)
    expect(down.database.status).toBe('down')
    expect(Date.parse(down.database.since ?? '')).toBeLessThanOrEqual(Date.now())
    const token = await running.cli('config').then(() => 'Bearer sbx_nobody')
    const refused = await fetch(`http://127.0.0.1:${running.port}/api/projects`, {
      headers: { authorization: token },
    })
    expect(refused.status).toBe(503)
    expect(refused.headers.get('content-type')).toContain('application/problem+json')
    expect(await refused.json()).toMatchObject({
      code: 'database-lost',
      hint: expect.stringContaining('by itself'),
    })

    await server.start()
    await until(async () => (await health(running)).status === 200, 30_000)
    expect((await health(running)).health.database.since).toBeUndefined()
    expect((await running.waitForChange(change.id, done, 150_000)).conclusion).toBe('deployed')
    expect([await running.pidOf('server'), await running.pidOf('worker')]).toEqual(before)
  })
})

const folder = await mkdtemp(join(tmpdir(), 'signalbox-e2e-'))
const mounted =
  process.getuid?.() === 0 &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=700m,mode=0711', 'tmpfs', folder]).status === 0
if (!mounted) {
  await rmdir(folder)
  process.stderr.write('NOT RUN: a full disk. This user may mount no small file system (run it as root).\n')
}

describe.runIf(mounted)('a full disk', () => {
  afterEach(async () => {
    await platform?.stop()
    execFileSync('umount', ['-l', folder])
    await rm(folder, { recursive: true, force: true })
  })

  test('stops new jobs and is said; full to the last byte it ends nothing, and with room all goes on', async () => {
    const running = await startPlatform({ SIGNALBOX_MIN_FREE_MB: '100' }, { dataDir: folder })
    platform = running
    const filler = join(folder, 'filler')
    const change = await goal(running, 'Show long waits in days')
    await running.waitForChange(change.id, ({ status }) => status === 'validating')
    await fill(filler, 60)
    await until(async () => (await health(running)).health.disk.status === 'degraded', 20_000)
    const { health: low, status } = await health(running)
    expect(status).toBe(200)
    expect(low.status).toBe('degraded')
    expect(low.disk.detail).toContain('no new job is taken')
    expect(low.disk.since).toBeTruthy()
    await until(async () => (await health(running)).health.worker.status === 'degraded', 20_000)

    await fill(`${filler}-2`, 0)
    const pid = await running.pidOf('server')
    // Large enough to need new pages and a new file of the write-ahead log, which there is no room for.
    const asked = Array.from({ length: 40 }, () =>
      goal(running, `What does this project do? ${'x'.repeat(6000)}`).catch((error: unknown) => error),
    )
    await Promise.all(asked)
    expect(await running.pidOf('server')).toBe(pid)
    expect([200, 503]).toContain((await health(running)).status)

    await rm(`${filler}-2`)
    await rm(filler)
    await until(async () => (await health(running)).health.status === 'ok', 90_000)
    expect((await running.waitForChange(change.id, done, 180_000)).conclusion).toBe('deployed')
  })
})

/** Writes until so many megabytes are left. */
async function fill(path: string, leaveMb: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const megabytes = Math.max(0, Math.floor((bavail * bsize) / 1024 ** 2) - leaveMb)
  await writeFile(path, '')
  // The last block may not fit: that is what it is for.
  spawnSync('dd', [
    'if=/dev/zero',
    `of=${path}`,
    'bs=1M',
    `count=${leaveMb === 0 ? megabytes + 2 : megabytes}`,
  ])
}
