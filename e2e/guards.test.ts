import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSecondWorker } from './second-worker.ts'
import { addProject } from './small-project.ts'

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

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
  const files = {
    'README.md': '# Guards\n',
    '.signalbox/workflows/deploy.yml': deploy,
    '.signalbox/workflows/gpu.yml': gpu,
  }
  await addProject(platform, { name: 'Guards', files })
})
afterAll(async () => await platform.destroy())

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
