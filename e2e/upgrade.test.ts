import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
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
      const goal = (text: string) =>
        running.call('createChange', { params: { project: 'sample' }, body: { goal: text } })
      const question = await goal('What does this project do?')
      await running.waitForChange(question.id, (change) => change.status === 'completed')
      const underWay = await goal('Show long waits in days')
      await running.waitForChange(underWay.id, (change) => change.status === 'validating')
      if (how === 'stopped') await running.stop()
      else await running.crash()
      await running.start()
      const change = await running.waitForChange(underWay.id, ({ status }) => status === 'completed', 180_000)
      expect(change.conclusion).toBe('deployed')
      await until(async () => (await running.visit('sample.localhost')).text.includes('3 d 3 h'), 30_000)
      const { items } = await running.call('listChanges', { query: {} })
      expect(items.map((one) => one.conclusion).sort()).toEqual(['answered', 'deployed'])
      // The way back is closed, in words, and nothing was touched.
      await running.stop()
      await expect(running.start(checkout)).rejects.toThrow(/migrations that this program lacks/)
      await running.start()
      expect((await running.call('getChange', { params: { change: underWay.id } })).conclusion).toBe(
        'deployed',
      )
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
