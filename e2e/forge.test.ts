import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, changeSettings, git, give, settled, writeFiles } from './small-project.ts'

let platform: Platform
let folder: string
beforeAll(async () => {
  platform = await startPlatform()
  folder = await mkdtemp(join(tmpdir(), 'signalbox-forge-'))
  await addProject(platform, {
    name: 'shop',
    files: { 'README.md': '# Shop\n', 'count.txt': 'one\n' },
    settings: { validation: { testCommand: 'test ! -e broken', maxRetries: 2, retryBackoffSeconds: 0 } },
  })
})
afterAll(async () => {
  await platform?.destroy()
  if (folder) await rm(folder, { recursive: true, force: true })
})

async function clone(name: string): Promise<string> {
  const token = (await readFile(join(platform.dataDir, 'cli-token'), 'utf8')).trim()
  const url = `http://person:${token}@127.0.0.1:${platform.port}/git/shop.git`
  await git(folder, 'clone', '-q', url, name)
  return join(folder, name)
}

async function commit(path: string, files: Record<string, string>, message: string): Promise<string> {
  await writeFiles(path, files)
  await git(path, 'add', '-A')
  await git(path, 'commit', '-q', '-m', message)
  return await git(path, 'rev-parse', 'HEAD')
}

async function changeOf(branch: string): Promise<ChangeDetail> {
  const { items } = await platform.call('listChanges', { query: { project: 'shop', limit: 50 } })
  for (const item of items) {
    const change = await platform.call('getChange', { params: { change: item.id } })
    if (change.pullRequest?.headBranch === branch) return change
  }
  throw new Error(`no change for ${branch}`)
}

const settle = (change: ChangeDetail) => platform.waitForChange(change.id, settled)

test('a pushed branch becomes a change that is proven, squashed and cleared away', async () => {
  await changeSettings(platform, 'shop', { repository: { mergeMethod: 'squash' } })
  const path = await clone('squash')
  await git(path, 'checkout', '-q', '-b', 'topic/two-commits')
  await commit(path, { 'a.txt': 'a\n' }, 'Add a')
  const head = await commit(path, { 'b.txt': 'b\n' }, 'Add b')
  await git(path, 'push', '-q', 'origin', 'HEAD')
  const change = await settle(await changeOf('topic/two-commits'))
  expect(change).toMatchObject({ title: 'two commits', agentRun: null, conclusion: 'merged' })
  expect(change.pullRequest).toMatchObject({ headCommit: head, branchDeleted: true })
  expect(change.pullRequest?.landedCommit).toBe(change.pullRequest?.mergeCommit)
  expect(change.pullRequest?.checks).toMatchObject([
    { name: 'validate', conclusion: 'success', commit: change.pullRequest?.mergeCommit },
  ])
  await git(path, 'fetch', '-q', '--prune', 'origin')
  expect(await git(path, 'branch', '-r')).not.toContain('two-commits')
  const landed = await git(path, 'log', '-1', '--format=%P%n%an%n%cn%n%B', 'origin/main')
  const [parents, author, committer, ...message] = landed.split('\n')
  expect(parents?.split(' ')).toHaveLength(1)
  expect([author, committer]).toEqual(['A person', 'Signalbox'])
  expect(message.join('\n')).toContain('* Add a\n* Add b')
  expect(message.join('\n')).toContain(`Signalbox-Change: ${change.number}`)
})

test('a broken push waits for its person; the next push to the branch mends it and lands, rebased', async () => {
  await changeSettings(platform, 'shop', { repository: { mergeMethod: 'rebase' } })
  const path = await clone('rebase')
  await git(path, 'checkout', '-q', '-b', 'fix')
  await commit(path, { broken: 'yes\n' }, 'Break it')
  await git(path, 'push', '-q', 'origin', 'HEAD')
  const waiting = await settle(await changeOf('fix'))
  expect(waiting).toMatchObject({ title: 'Break it', waitingFor: 'help' })
  await git(path, 'rm', '-q', 'broken')
  await commit(path, { 'mended.txt': 'yes\n' }, 'Mend it')
  await git(path, 'push', '-q', 'origin', 'HEAD')
  const done = await platform.waitForChange(waiting.id, (change) => change.status === 'completed')
  expect(done.conclusion).toBe('merged')
  await git(path, 'fetch', '-q', 'origin')
  const subjects = await git(path, 'log', '-2', '--format=%s', 'origin/main')
  expect(subjects.split('\n')).toEqual(['Mend it', 'Break it'])
})

test('an agent whose change conflicts starts again from the merge with the conflict marked', async () => {
  await changeSettings(platform, 'shop', { autoMerge: false, repository: { mergeMethod: 'merge' } })
  const resolve =
    'if grep -q "^<<<<<<<" count.txt; then printf "one\\nmine\\ntheirs\\n" > count.txt; else echo mine >> count.txt; fi'
  await changeSettings(platform, 'shop', { agent: { command: resolve } })
  const mine = await settle(await give(platform, 'shop', 'Count mine'))
  expect(mine.waitingFor).toBe('merge')
  const path = await clone('conflict')
  await git(path, 'checkout', '-q', '-b', 'theirs')
  await commit(path, { 'count.txt': 'one\ntheirs\n' }, 'Count theirs')
  await git(path, 'push', '-q', 'origin', 'HEAD')
  const theirs = await settle(await changeOf('theirs'))
  await platform.call('mergeChange', { params: { change: theirs.id } })
  expect((await platform.waitForChange(theirs.id, (c) => c.status === 'completed')).conclusion).toBe('merged')

  await platform.call('mergeChange', { params: { change: mine.id } })
  const again = await platform.waitForChange(
    mine.id,
    (change) => settled(change) && change.pullRequest?.headCommit !== mine.pullRequest?.headCommit,
  )
  expect(again.waitingFor, again.reason ?? '').toBe('merge')
  const told = again.agentRun?.conversation.filter((event) => event.kind === 'prompt').at(-1)?.text
  expect(told).toContain('your change conflicts with it in:\n- count.txt')
  await platform.call('mergeChange', { params: { change: mine.id } })
  const done = await platform.waitForChange(mine.id, (change) => change.status === 'completed')
  expect(done.conclusion).toBe('merged')
  await git(path, 'fetch', '-q', 'origin')
  expect(await git(path, 'show', 'origin/main:count.txt')).toBe('one\nmine\ntheirs')
})

test('deleting the branch closes its change', async () => {
  const path = await clone('deleted')
  await git(path, 'checkout', '-q', '-b', 'given-up')
  await commit(path, { 'x.txt': 'x\n' }, 'Try it')
  await git(path, 'push', '-q', 'origin', 'HEAD')
  const change = await settle(await changeOf('given-up'))
  await git(path, 'push', '-q', 'origin', ':given-up')
  const closed = await platform.waitForChange(change.id, (c) => c.status === 'completed')
  expect(closed).toMatchObject({ conclusion: 'cancelled', reason: 'The branch given-up was deleted.' })
  expect(closed.pullRequest?.state).toBe('closed')
})
