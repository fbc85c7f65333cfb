import { mkdtemp, rm } from 'node:fs/promises'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSecondWorker } from './second-worker.ts'
import { addProject, changeSettings, logOf, writeFiles } from './small-project.ts'

const deploy = `name: Deploy
on: {workflow_dispatch: {inputs: {cancel: {type: boolean, default: false}, hold: {type: boolean, default: false}}}}
concurrency: {group: deploy-main, cancel-in-progress: '\${{ inputs.cancel }}'}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - name: Hold
        if: inputs.hold
        run: sleep 600
      - run: echo done
`

const gpu = `on: workflow_dispatch
jobs:
  train:
    runs-on: [self-hosted, gpu]
    steps: [{run: 'echo trained'}]
`

const ship = `on: workflow_dispatch
jobs:
  ship:
    runs-on: ubuntu-latest
    environment: {name: production, url: "https://ship.example/\${{ github.run_number }}"}
    steps: [{run: 'test "$KEY" = of-production && echo shipped $KEY', env: {KEY: "\${{ secrets.KEY }}"}}]
`

const actions = (uses: string) => `on: workflow_dispatch
jobs: {a: {runs-on: ubuntu-latest, steps: [{uses: ${uses}, with: {who: a reader}}]}}
`

/** A mirror of actions with one that JavaScript makes. */
async function mirrorOfActions(): Promise<string> {
  const mirror = await mkdtemp('/tmp/signalbox-actions-')
  await writeFiles(mirror, {
    'actions/greet@v1/action.yml':
      'name: Greet\ninputs: {who: {required: true}}\nruns: {using: node24, main: main.js, post: post.js}\n',
    'actions/greet@v1/main.js': 'console.log(`hello ${process.env.INPUT_WHO}`)',
    'actions/greet@v1/post.js': "console.log('good bye')",
  })
  return mirror
}

let platform: Platform
let mirror: string
beforeAll(async () => {
  mirror = await mirrorOfActions()
  platform = await startPlatform({ SIGNALBOX_ACTIONS_DIR: mirror })
  const files = {
    'README.md': '# Guards\n',
    '.signalbox/workflows/deploy.yml': deploy,
    '.signalbox/workflows/gpu.yml': gpu,
    '.signalbox/workflows/ship.yml': ship,
    '.signalbox/workflows/greet.yml': actions('actions/greet@v1'),
    '.signalbox/workflows/stranger.yml': actions('stranger/tool@v1'),
  }
  await addProject(platform, { name: 'Guards', files })
})
afterAll(async () => {
  await platform.destroy()
  await rm(mirror, { recursive: true, force: true })
})

const runOf = (run: string) => platform.call('getRun', { params: { run } })

async function create(workflow: string, inputs: Record<string, string | number | boolean> = {}) {
  return await platform.call('createRun', { params: { project: 'guards' }, body: { workflow, inputs } })
}

async function reached(id: string, holds: (run: Awaited<ReturnType<typeof runOf>>) => boolean) {
  let seen = ''
  await until(
    async () => {
      const run = await runOf(id)
      const { workflowText: _text, ...rest } = run
      seen = JSON.stringify(rest)
      return holds(run)
    },
    60_000,
    () => seen,
  )
  return await runOf(id)
}

test('runs of one group wait for each other, replace who waits, and are cancelled when asked to', async () => {
  const first = await create('deploy', { hold: true })
  await reached(first.id, (run) => run.jobs.some((job) => job.steps.some((step) => step.name === 'Hold')))
  const second = await create('deploy')
  expect(second).toMatchObject({ status: 'queued', waitsFor: 'Waits for run #1 of the group deploy-main.' })
  const third = await create('deploy')
  expect(await reached(second.id, (run) => run.status === 'completed')).toMatchObject({
    conclusion: 'cancelled',
    reason: 'It waited in the group deploy-main, and run #3 took its place.',
  })
  const shown = await platform.cli('runs', 'show', '3', '--project', 'guards')
  expect(shown).toContain('Waits for run #1 of the group deploy-main.')
  const last = await create('deploy', { cancel: true })
  expect(await reached(first.id, (run) => run.status === 'completed')).toMatchObject({
    conclusion: 'cancelled',
    reason: 'It was cancelled in favour of run #4 of the group deploy-main (cancel-in-progress).',
  })
  expect(await reached(last.id, (run) => run.status === 'completed')).toMatchObject({ conclusion: 'success' })
  expect(await runOf(third.id)).toMatchObject({ conclusion: 'cancelled' })
})

test('a job waits for a worker that has its labels, says so, and begins when one is there', async () => {
  const { id } = await create('gpu')
  const waiting = await reached(id, (run) => typeof run.jobs[0]?.waitsFor === 'string')
  expect(waiting.jobs[0]?.waitsFor).toMatch(
    /^No worker has the labels self-hosted and gpu\. Workers: .*linux/,
  )
  const { number } = waiting
  expect(await platform.cli('runs', 'show', String(number), '--project', 'guards')).toContain('No worker has')
  const labels = { SIGNALBOX_WORKER_LABELS: 'self-hosted,gpu', SIGNALBOX_WORKER_GROUP: 'big' }
  const second = await startSecondWorker(platform, labels)
  try {
    expect(await reached(id, (run) => run.status === 'completed')).toMatchObject({ conclusion: 'success' })
    // Beside a worker that takes no usual job all others still run.
    const { id: usual } = await create('deploy')
    expect(await reached(usual, (run) => run.status === 'completed')).toMatchObject({ conclusion: 'success' })
    const { workers } = await platform.call('getSystem')
    expect(workers).toContainEqual(expect.objectContaining({ labels: ['self-hosted', 'gpu'], group: 'big' }))
  } finally {
    await second.destroy()
  }
})

test('a job waits until its environment is approved, then has its secrets; rejected it ends', async () => {
  const production = { approvals: 1, waitMinutes: 0, branches: [] }
  await changeSettings(platform, 'guards', { environments: { production } })
  await platform.call('setSecrets', {
    params: { project: 'guards' },
    body: { environment: 'production', items: [{ name: 'KEY', value: 'of-production' }] },
  })
  const { id, number } = await create('ship')
  const waiting = await reached(id, (run) => typeof run.jobs[0]?.waitsFor === 'string')
  expect(waiting.jobs[0]?.waitsFor).toBe('Waits for an approval for the environment production.')
  const place = ['--project', 'guards', '--environment', 'production', '--comment', 'Looked at it']
  await platform.cli('runs', 'approve', String(number), ...place)
  const shipped = await reached(id, (run) => run.status === 'completed')
  expect(shipped).toMatchObject({ conclusion: 'success' })
  expect(shipped.jobs[0]?.environment).toMatchObject({
    url: `https://ship.example/${number}`,
    reviews: [expect.objectContaining({ decision: 'approved', comment: 'Looked at it' })],
  })
  expect(await logOf(platform, { runs: [{ id }] })).toContain('shipped ***')
  const again = await create('ship')
  await reached(again.id, (run) => typeof run.jobs[0]?.waitsFor === 'string')
  await platform.cli('runs', 'reject', String(again.number), ...place)
  const rejected = await reached(again.id, (run) => run.status === 'completed')
  expect(rejected.conclusion).not.toBe('success')
  expect(rejected.jobs[0]?.steps).toEqual([])
})

test('an action of another repository runs with its post; one that the project does not let in starts nothing', async () => {
  const { id } = await create('greet')
  expect(await reached(id, (run) => run.status === 'completed')).toMatchObject({ conclusion: 'success' })
  const log = await logOf(platform, { runs: [{ id }] })
  expect(log).toContain('hello a reader')
  expect(log.indexOf('good bye')).toBeGreaterThan(log.indexOf('hello a reader'))
  await expect(create('stranger')).rejects.toThrow(/stranger\.yml:\d+:\d+: .*stranger\/tool/)
})
