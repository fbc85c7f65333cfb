import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunSummary } from '@signalbox/core/contract/views/runs.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { addProject, git, settled, writeFiles } from './small-project.ts'

let platform: Platform
let folder: string
beforeAll(async () => {
  platform = await startPlatform()
  folder = await mkdtemp(join(tmpdir(), 'signalbox-events-'))
  const job = (name: string, run: string) =>
    `jobs:\n  ${name}: {runs-on: ubuntu-latest, steps: [{run: '${run}'}]}\n`
  const trigger = 'test "$GITHUB_EVENT_NAME" = push && test "$GITHUB_REF" = refs/heads/topic'
  await addProject(platform, {
    name: 'shop',
    files: {
      'README.md': '# Shop\n',
      '.github/workflows/push.yml': `name: Pushed\non: {push: {branches: [topic]}}\n${job('look', trigger)}`,
      '.github/workflows/test.yml': `name: Test\non: pull_request\n${job('test', 'test "$GITHUB_BASE_REF" = main')}`,
      '.github/workflows/docs.yml': `name: Docs\non: {pull_request: {paths: [docs/**]}}\n${job('docs', 'exit 1')}`,
      '.github/workflows/landed.yml': `name: Landed\non: {push: {branches: [main]}}\n${job('look', 'echo landed')}`,
    },
    settings: {
      autoMerge: true,
      validation: { testCommand: 'true', requiredChecks: ['validate', 'test', 'docs'] },
    },
  })
})
afterAll(async () => {
  await platform?.destroy()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** The run of a workflow by its name, ended. */
async function ended(name: string): Promise<RunSummary> {
  return await vi.waitFor(
    async () => {
      const { items } = await platform.call('listRuns', { query: { project: 'shop', limit: 50 } })
      const run = items.find((one) => one.name === name)
      if (run?.status !== 'completed') throw new Error(`${name} has not ended`)
      return run
    },
    { timeout: 60_000, interval: 200 },
  )
}

test('a push starts its workflow, its pull request waits for required checks, and what lands starts the next', async () => {
  const { items: before } = await platform.call('listRuns', { query: { project: 'shop', limit: 50 } })
  expect(before).toEqual([])
  const token = (await readFile(join(platform.dataDir, 'cli-token'), 'utf8')).trim()
  await git(folder, 'clone', '-q', `http://person:${token}@127.0.0.1:${platform.port}/git/shop.git`, 'shop')
  const path = join(folder, 'shop')
  await git(path, 'checkout', '-q', '-b', 'topic')
  await writeFiles(path, { 'a.txt': 'a\n' })
  await git(path, 'add', '-A')
  await git(path, 'commit', '-q', '-m', 'Add a')
  await git(path, 'push', '-q', 'origin', 'HEAD')
  expect(await ended('Pushed')).toMatchObject({ kind: 'event', triggerEvent: 'push', conclusion: 'success' })
  expect(await ended('Test')).toMatchObject({ triggerEvent: 'pull_request', conclusion: 'success' })
  const { items } = await platform.call('listChanges', { query: { project: 'shop', limit: 50 } })
  const change = await platform.waitForChange(items[0]?.id ?? '', settled)
  expect(change.conclusion).toBe('merged')
  const checks = change.pullRequest?.checks.map(({ name, conclusion }) => `${name} ${conclusion}`).sort()
  expect(checks).toEqual(['docs skipped', 'test success', 'validate success'])
  expect(await ended('Landed')).toMatchObject({
    triggerEvent: 'push',
    ref: 'refs/heads/main',
    commit: change.pullRequest?.landedCommit,
    conclusion: 'success',
  })
})
