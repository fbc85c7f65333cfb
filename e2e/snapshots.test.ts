import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, give, settled } from './small-project.ts'

/** A workspace of npm: an install without a registry that makes a node_modules all the same. */
const files = {
  '.gitignore': 'node_modules\n',
  'package.json': '{"name":"app","private":true,"workspaces":["packages/*"]}\n',
  'package-lock.json': `${JSON.stringify({
    name: 'app',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'app', workspaces: ['packages/*'] },
      'node_modules/harbour': { resolved: 'packages/harbour', link: true },
      'packages/harbour': { version: '1.0.0' },
    },
  })}\n`,
  'packages/harbour/package.json': '{"name":"harbour","version":"1.0.0","main":"index.js"}\n',
  'packages/harbour/index.js': 'module.exports = 1\n',
}

let platform: Platform

beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => await platform?.destroy())

async function validation(change: ChangeDetail) {
  const runs = change.runs.filter((run) => run.kind === 'validation')
  const newest = runs.sort((a, b) => (a.id < b.id ? 1 : -1))[0]
  if (!newest) throw new Error('it was not validated')
  const run = await platform.call('getRun', { params: { run: newest.id } })
  const [job] = run.jobs
  if (!job) throw new Error('it has no job')
  const log = await platform.call('getJobLog', { params: { job: job.id }, query: { limit: 5000 } })
  const step = job.steps.find(({ name }) => name === 'Install')
  return { run, job, step, log: log.lines.map((line) => line.text).join('\n') }
}

test('the second validation of a change with an unchanged lockfile installs nothing', async () => {
  await addProject(platform, {
    name: 'kept',
    files,
    settings: {
      autoMerge: false,
      validation: {
        installCommand: 'npm ci --no-audit --no-fund',
        testCommand: 'node -e "process.exit(require(\'harbour\') === 2 ? 0 : 1)"',
        maxRetries: 0,
      },
    },
  })
  const given = await give(platform, 'kept', 'echo "module.exports = 3" > packages/harbour/index.js')
  const first = await platform.waitForChange(given.id, settled)
  const before = await validation(first)
  expect(before.step).toMatchObject({ conclusion: 'success' })
  expect(before.log).toContain('Kept as a snapshot')
  expect(before.run.conclusion).toBe('failure')

  // The agent mends it: its own turn finds what was installed, and the validation restores it.
  const message =
    'test -e node_modules/.package-lock.json && echo "module.exports = 2" > packages/harbour/index.js'
  await platform.call('sendMessage', { params: { change: given.id }, body: { text: message } })
  const second = await platform.waitForChange(
    given.id,
    (change) => settled(change) && change.runs.filter((run) => run.kind === 'validation').length === 2,
  )
  const after = await validation(second)
  expect(after.run.conclusion).toBe('success')
  expect(after.step).toMatchObject({ conclusion: 'skipped' })
  expect(after.log).toContain('nothing is installed')
  expect(after.log).not.toContain('added ')
}, 120_000)
