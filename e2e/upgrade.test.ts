import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

/** The last commit of the version before this one. */
const earlier = 'd7fafbd'
const root = join(import.meta.dirname, '..')
const there = git('cat-file', '-e', `${earlier}^{commit}`).status === 0
if (!there) {
  process.stderr.write(
    `NOT RUN: the upgrade from ${earlier}. This clone lacks that commit: git fetch --unshallow.\n`,
  )
}

function git(...args: string[]) {
  return spawnSync('git', ['-c', `safe.directory=${root}`, ...args], { cwd: root, encoding: 'utf8' })
}

describe.runIf(there)(`an upgrade from ${earlier} with work in flight`, () => {
  let checkout: string
  let platform: Platform | undefined

  beforeAll(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'signalbox-earlier-'))
    const archive = execFileSync('git', ['-c', `safe.directory=${root}`, 'archive', earlier], {
      cwd: root,
      maxBuffer: 512 * 1024 * 1024,
    })
    execFileSync('tar', ['-x', '-C', checkout], { input: archive })
    await linkPackages(checkout)
  })
  afterAll(() => rm(checkout, { recursive: true, force: true }))
  afterEach(async () => {
    await platform?.destroy()
    platform = undefined
  })

  test.each(['stopped', 'killed'])(
    'is %s, and everything comes to its end under this version',
    async (how) => {
      const running = await startPlatform({}, { checkout })
      platform = running
      await earlierGoal(running, 'What does this project do?', 'completed')
      const underWay = await earlierGoal(running, 'Show long waits in days', 'validating')
      if (how === 'stopped') await running.stop()
      else await running.crash()
      await running.start()
      const change = await running.waitForChange(underWay, ({ status }) => status === 'completed', 180_000)
      expect(change.conclusion).toBe('deployed')
      await until(async () => (await running.visit('sample.localhost')).text.includes('3 d 3 h'), 30_000)
      const { items } = await running.call('listChanges', { query: {} })
      expect(items.map((one) => one.conclusion).sort()).toEqual(['answered', 'deployed'])
      // The way back is closed, in words, and nothing was touched.
      await running.stop()
      await expect(running.start(checkout)).rejects.toThrow(/migrations that this program lacks/)
      await running.start()
      expect((await running.call('getChange', { params: { change: underWay } })).conclusion).toBe('deployed')
    },
  )
})

/** The packages of this checkout, but Signalbox's own, which are the earlier ones. */
async function linkPackages(checkout: string): Promise<void> {
  const from = join(root, 'node_modules')
  const to = join(checkout, 'node_modules')
  await mkdir(join(to, '@signalbox'), { recursive: true })
  for (const name of await readdir(from)) {
    if (name !== '@signalbox') await symlink(join(from, name), join(to, name))
  }
  for (const name of await readdir(join(checkout, 'packages'))) {
    await symlink(join(checkout, 'packages', name), join(to, '@signalbox', name))
  }
}

/** Gives a goal over the earlier version's API, whose answers are of another form, and waits for a status; its id. */
async function earlierGoal(running: Platform, goal: string, status: string): Promise<string> {
  const token = (await readFile(join(running.dataDir, 'cli-token'), 'utf8')).trim()
  const ask = async (path: string, body?: unknown): Promise<{ id: string; status: string }> => {
    const answer = await fetch(`http://127.0.0.1:${running.port}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body ? JSON.stringify(body) : undefined,
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as { id: string; status: string }
  }
  const { id } = await ask('/api/projects/sample/changes', { goal })
  await until(async () => (await ask(`/api/changes/${id}`)).status === status, 120_000)
  return id
}
