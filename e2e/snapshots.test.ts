import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, give, npmWorkspace, refusalOf, settled } from './small-project.ts'

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
    files: npmWorkspace,
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

/** A terminal with `signalbox shell` in it, as a person has one. */
function terminal(args: string[]) {
  const pty = spawn(process.execPath, ['packages/client/bin/signalbox.mjs', ...args], {
    cols: 100,
    rows: 30,
    cwd: process.cwd(),
    env: { ...process.env, PORT: String(platform.port), SIGNALBOX_DATA_DIR: platform.dataDir },
  })
  let seen = ''
  pty.onData((text) => {
    seen += text
  })
  const exited = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)))
  return {
    exited,
    seen: () => seen,
    resize: (columns: number, rows: number) => pty.resize(columns, rows),
    async type(line: string, answer: string) {
      pty.write(`${line}\r`)
      await until(
        async () => seen.includes(answer),
        20_000,
        () => seen,
      )
    },
    async shows(text: string) {
      await until(
        async () => seen.includes(text),
        30_000,
        () => seen,
      )
    },
  }
}

test('a person opens a shell where a step failed, in a fork, and what they do there stays there', async () => {
  await addProject(platform, {
    name: 'broken',
    files: npmWorkspace,
    settings: {
      autoMerge: false,
      validation: {
        installCommand: 'npm ci --no-audit --no-fund',
        testCommand: 'echo left-by-the-test > trace.txt; exit 7',
        environmentVariables: { GREETING: 'moin' },
        maxRetries: 0,
      },
    },
  })
  const given = await give(platform, 'broken', 'echo 1 > new.txt')
  const change = await platform.waitForChange(given.id, settled)
  const { run, job } = await validation(change)
  const state = await platform.call('getShell', { params: { job: job.id } })
  expect(state).toMatchObject({ available: true, reason: null, step: 'Test' })

  const first = terminal(['shell', String(run.number), '--project', 'broken'])
  await first.shows('/workspace')
  await first.type('cat trace.txt new.txt; ls node_modules; echo $GREETING-$((40+2))', 'moin-42')
  expect(first.seen()).toContain('left-by-the-test')
  expect(first.seen()).toContain('harbour')
  first.resize(71, 19)
  await first.type(
    'sleep 0.5; stty size; echo poison > trace.txt; (exec 3<>/dev/tcp/1.1.1.1/80) && echo NET || echo shut-$((1+1))',
    'shut-2',
  )
  expect(first.seen()).toContain('19 71')
  await first.type('echo found-$(env | grep -ciE "token|secret|password")', 'found-0')

  // Another fork beside it sees the state as the job left it.
  const second = terminal(['shell', job.id])
  await second.shows('/workspace')
  await second.type('cat trace.txt; echo second-$((1+1))', 'second-2')
  expect(second.seen()).not.toContain('poison')

  // In use: nobody can delete it; afterwards anybody who may.
  const { items } = await platform.call('listSnapshots', { params: { project: 'broken' } })
  const kept = items.find((item) => item.kind === 'failed')
  expect(kept).toMatchObject({ inUse: true, jobId: job.id })
  const snapshot = { params: { project: 'broken', snapshot: kept?.id ?? '' } }
  expect((await refusalOf(platform.call('deleteSnapshot', snapshot))).code).toBe('refused')

  await second.type('exit 9', 'exit')
  expect(await second.exited).toBe(9)
  await first.type('exit', 'exit')
  expect(await first.exited).toBe(0)
  await until(
    async () =>
      (await readdir(join(platform.dataDir, 'sandboxes'))).every((name) => !name.startsWith('shell-')),
    20_000,
  )
  await until(async () => (await platform.call('deleteSnapshot', snapshot)) !== undefined, 10_000)
  const gone = await platform.call('getShell', { params: { job: job.id } })
  expect(gone).toMatchObject({
    available: false,
    reason: expect.stringContaining('was not kept, or was deleted'),
  })
}, 120_000)
