import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, noneLeft, noSandboxLeft, refusalOf } from './small-project.ts'

const marker = `signalbox-cancel-${process.pid}`
const workflow = `name: Long
on: workflow_dispatch
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - name: Hang
        run: exec -a ${marker} sleep 600
      - name: Clean
        if: always()
        run: echo "cleaned, \${{ job.status }}"
      - name: Next
        run: echo never
  publish:
    runs-on: ubuntu-latest
    needs: test
    steps:
      - run: echo never
  report:
    runs-on: ubuntu-latest
    needs: publish
    if: \${{ cancelled() }}
    steps:
      - run: echo "reported \${{ needs.publish.result }}"
      - name: Wait
        if: inputs.wait
        run: exec -a ${marker} sleep 600
`.replace('workflow_dispatch', '{workflow_dispatch: {inputs: {wait: {type: boolean, default: false}}}}')

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
  const files = { 'README.md': '# Cancel\n', '.signalbox/workflows/long.yml': workflow }
  await addProject(platform, { name: 'Cancel', files })
})
afterAll(async () => await platform.destroy())

const runOf = (run: string) => platform.call('getRun', { params: { run } })

/** A run whose first job hangs in its first step. */
async function begun(wait: boolean): Promise<string> {
  const body = { workflow: 'long', inputs: { wait } }
  const { id } = await platform.call('createRun', { params: { project: 'cancel' }, body })
  await reached(id, 'test', 'Hang')
  return id
}

async function reached(id: string, key: string, step: string): Promise<void> {
  let seen = ''
  await until(
    async () => {
      const { jobs } = await runOf(id)
      seen = JSON.stringify(jobs)
      const steps = jobs.find((job) => job.key === key)?.steps ?? []
      return steps.some((one) => one.name === step && one.status === 'in_progress')
    },
    60_000,
    () => seen,
  )
}

async function ended(id: string) {
  await until(async () => (await runOf(id)).status === 'completed', 60_000)
  const { conclusion, jobs } = await runOf(id)
  return { conclusion, jobs: Object.fromEntries(jobs.map((job) => [job.key, job])) }
}

test('a cancelled run cleans up and reports, and begins nothing else', async () => {
  const id = await begun(false)
  expect(await platform.call('cancelRun', { params: { run: id } })).toMatchObject({ cancelRequested: true })
  const { conclusion, jobs } = await ended(id)
  expect(conclusion).toBe('cancelled')
  expect(jobs['test']).toMatchObject({ conclusion: 'cancelled' })
  expect(jobs['test']?.steps.map((step) => step.conclusion)).toEqual(['cancelled', 'success', 'skipped'])
  expect(jobs['publish']).toMatchObject({ conclusion: 'cancelled', steps: [] })
  expect(jobs['report']).toMatchObject({ conclusion: 'success' })
  const log = await platform.call('getJobLog', { params: { job: jobs['report']?.id ?? '' }, query: {} })
  expect(log.lines.map((line) => line.text)).toContain('reported cancelled')
  await noneLeft(marker)
})

test('a forced cancel ends what the first one left running', async () => {
  const id = await begun(true)
  await platform.call('cancelRun', { params: { run: id } })
  await reached(id, 'report', 'Wait')
  // Asked for again without force it goes on.
  await platform.call('cancelRun', { params: { run: id } })
  expect(await platform.cli('runs', 'cancel', id, '--force')).toContain('Run #')
  const { conclusion, jobs } = await ended(id)
  expect(conclusion).toBe('cancelled')
  expect(jobs['report']).toMatchObject({ conclusion: 'cancelled' })
  await noneLeft(marker)
  await noSandboxLeft(platform)
  const again = await refusalOf(platform.call('forceCancelRun', { params: { run: id } }))
  expect(again).toMatchObject({ code: 'refused', status: 409 })
})
