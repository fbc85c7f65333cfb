import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jobsByRun, openJobs } from '../../db/jobs.ts'
import { findRun, requestCancel } from '../../db/runs.ts'
import { advanceRun } from './advance-run.ts'
import { rerunRun } from './rerun-run.ts'
import { claim, startedRun } from './started-run.fixture.ts'

let database: TestDatabase
const sent: { name: string; jobId?: string }[] = []

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

const job = 'runs-on: linux, steps: [{run: echo}]'

async function started(jobs: string, called: Record<string, string>) {
  const send = async (_db: unknown, name: string, payload: { jobId?: string }) =>
    void sent.push({ name, ...payload })
  const texts = Object.entries(called).map(([name, text]) => [`.github/workflows/${name}.yml`, text])
  const workflow = `on: workflow_dispatch\njobs:\n${jobs}`
  sent.length = 0
  const run = await startedRun(database, { workflow, send, called: Object.fromEntries(texts) })
  const rows = () => jobsByRun(database.db, run.runId)
  /** Ends a job as its worker would, and decides on the run. */
  async function end(key: string, conclusion: 'success' | 'failure' | 'cancelled', outputs = {}) {
    if ((await rows()).some((row) => row.key === key && row.status === 'queued')) await run.move(key, claim())
    await run.move(key, { type: 'complete', conclusion }, outputs)
    await advanceRun(run.deps, run.runId)
  }
  /** Keys of the jobs that were handed to workers since it was asked for. */
  async function handed() {
    const ids = sent.splice(0).flatMap(({ name, jobId }) => (name === 'job' && jobId ? [jobId] : []))
    const known = new Map((await rows()).map((row) => [row.id, row.key]))
    return ids.map((id) => known.get(id))
  }
  return { ...run, rows, end, handed }
}

const build = `on:
  workflow_call:
    inputs: {target: {type: string, required: true}, fast: {type: boolean, default: true}}
    outputs: {url: {value: "\${{ jobs.compile.outputs.url }}"}}
jobs:
  compile: {${job}, outputs: {url: x}}
  test: {${job}, needs: compile, name: "Test \${{ inputs.target }}"}
`

describe('a job that calls a workflow', () => {
  const jobs = `
  first: {${job}, outputs: {t: x}}
  a: {needs: first, uses: ./.github/workflows/build.yml, with: {target: "\${{ needs.first.outputs.t }}"}}
  last: {needs: a, ${job}}
`

  test('has the jobs of that workflow as rows once its turn has come, and ends with them', async () => {
    const { states, end, rows, handed, deps, runId } = await started(jobs, { build })
    expect(await states()).toEqual(['first: queued', 'a: queued', 'last: queued'])
    await handed()
    await end('first', 'success', { t: 'moon' })
    expect(await states()).toEqual([
      'first: success',
      'a: in_progress',
      'a / compile: queued',
      'a / test: queued',
      'last: queued',
    ])
    expect(await handed()).toEqual(['a / compile'])
    const [, a, compile, testing] = await rows()
    expect(a).toMatchObject({
      calls: './.github/workflows/build.yml',
      call_inputs: { target: 'moon', fast: true },
    })
    expect(compile).toMatchObject({ job_key: 'compile', caller_id: a?.id, needs: [] })
    expect(testing).toMatchObject({ name: 'a / Test moon', needs: ['compile'] })
    await end('a / compile', 'success', { url: 'https://moon' })
    expect(await handed()).toEqual(['a / test'])
    await end('a / test', 'success')
    expect((await rows()).find((row) => row.key === 'a')).toMatchObject({
      conclusion: 'success',
      outputs: { url: 'https://moon' },
    })
    expect(await handed()).toEqual(['last'])
    await end('last', 'success')
    expect(await findRun(deps.db, runId)).toMatchObject({ status: 'completed', conclusion: 'success' })
  })

  test('begins it once, however many decide on it at the same time, and is no work for a worker', async () => {
    const { deps, runId, move, states } = await started(jobs, { build })
    await move('first', { type: 'complete', conclusion: 'success' }, { t: 'x' })
    await Promise.all(Array.from({ length: 4 }, () => advanceRun(deps, runId)))
    expect(await states()).toHaveLength(5)
    const open = (await openJobs(database.db)).filter((row) => row.run_id === runId)
    expect(open.map((row) => row.key).toSorted()).toEqual(['a / compile', 'a / test', 'last'])
  })

  test('fails with them, and with inputs that do not fit', async () => {
    const { end, states } = await started(jobs, { build })
    await end('first', 'success', { t: 'x' })
    await end('a / compile', 'failure')
    expect((await states()).slice(1)).toEqual([
      'a: failure',
      'a / compile: failure',
      'a / test: skipped',
      'last: skipped',
    ])
    const wrong = await started(
      `  first: {${job}}\n  a: {needs: first, uses: ./.github/workflows/build.yml, with: {target: a, fast: "\${{ needs.first.outputs.f }}"}}\n`,
      { build },
    )
    await wrong.end('first', 'success', { f: 'yes' })
    expect((await wrong.rows())[1]).toMatchObject({
      conclusion: 'failure',
      reason: 'with: the input fast is a boolean and was given the string "yes"',
    })
  })

  test('keeps to the texts that its run was stored with', async () => {
    const { deps, runId } = await started(jobs, { build })
    const run = await findRun(deps.db, runId)
    expect(run?.called_workflows).toEqual({ '.github/workflows/build.yml': build })
  })

  test('is refused with its run when the called file is not there', async () => {
    await expect(started(jobs, {})).rejects.toMatchObject({
      code: 'invalid-workflow',
      message: expect.stringContaining('a.yml:5:27: there is no file .github/workflows/build.yml'),
    })
  })
})

describe('a matrix of calls', () => {
  const each = `on: {workflow_call: {inputs: {v: {type: string}}}}
jobs:
  one: {${job}}
  two: {${job}, needs: one}
  tidy: {${job}, needs: one, if: always()}
`
  const jobs = `
  a:
    uses: ./.github/workflows/each.yml
    strategy: {matrix: {v: [x, y]}}
    with: {v: "\${{ matrix.v }}"}
`

  test('calls for each combination; one that fails stops the jobs of the others, but for always()', async () => {
    const { end, rows, states, handed, deps, runId, move } = await started(jobs, { each })
    expect(await handed()).toEqual(['a (x) / one', 'a (y) / one'])
    await move('a (y) / one', claim())
    await end('a (x) / one', 'failure')
    await handed()
    await end('a (x) / tidy', 'success')
    expect((await rows()).find((row) => row.key === 'a (y) / one')).toMatchObject({ cancel_requested: true })
    await end('a (y) / one', 'cancelled')
    expect(await handed()).toEqual(['a (y) / tidy'])
    expect((await rows()).find((row) => row.key === 'a (y) / tidy')).toMatchObject({ despite_cancel: true })
    await move('a (y) / tidy', claim())
    await advanceRun(deps, runId)
    expect((await rows()).find((row) => row.key === 'a (y) / tidy')).toMatchObject({
      cancel_requested: false,
    })
    await move('a (y) / tidy', { type: 'complete', conclusion: 'success' })
    await advanceRun(deps, runId)
    expect(await states()).toEqual([
      'a (x): failure',
      'a (x) / one: failure',
      'a (x) / two: skipped',
      'a (x) / tidy: success',
      'a (y): cancelled',
      'a (y) / one: cancelled',
      'a (y) / two: cancelled',
      'a (y) / tidy: success',
    ])
    expect(await findRun(deps.db, runId)).toMatchObject({ conclusion: 'failure' })
  })

  test('runs again only what did not succeed, in called workflows too', async () => {
    const { end, deps, runId, rows } = await started(
      jobs.replace('strategy: {', 'strategy: {fail-fast: false, '),
      {
        each,
      },
    )
    for (const key of ['one', 'two', 'tidy']) await end(`a (x) / ${key}`, 'success')
    await end('a (y) / one', 'success', { o: 'kept' })
    await end('a (y) / two', 'failure')
    await end('a (y) / tidy', 'success')
    expect((await findRun(deps.db, runId))?.conclusion).toBe('failure')
    expect((await rows()).find((row) => row.key === 'a (x)')?.conclusion).toBe('success')
    const again = await rerunRun(deps, { runId, jobs: 'failed' })
    const now = await jobsByRun(database.db, again.runId)
    expect(now.map((row) => `${row.key}: ${row.conclusion ?? row.status}`)).toEqual([
      'a (x): success',
      'a (x) / one: success',
      'a (x) / two: success',
      'a (x) / tidy: success',
      'a (y): in_progress',
      'a (y) / one: success',
      'a (y) / two: queued',
      'a (y) / tidy: success',
    ])
    expect(now[5]?.outputs).toEqual({ o: 'kept' })
    expect((await findRun(deps.db, again.runId))?.called_workflows).toHaveProperty([
      '.github/workflows/each.yml',
    ])
  })
})

describe('a cancelled run', () => {
  const tidy = `on: workflow_call
jobs:
  one: {${job}}
  tidy: {${job}, needs: one, if: cancelled()}
`
  const jobs = '  a: {uses: ./.github/workflows/tidy.yml}\n'

  test('runs what was called and wants to run then', async () => {
    const { deps, runId, move, handed, end, states } = await started(jobs, { tidy })
    await move('a / one', claim())
    await handed()
    await requestCancel(deps.db, runId, { force: false })
    await advanceRun(deps, runId)
    expect(await handed()).toEqual([])
    await end('a / one', 'cancelled')
    expect(await handed()).toEqual(['a / tidy'])
    await end('a / tidy', 'success')
    expect(await states()).toEqual(['a: cancelled', 'a / one: cancelled', 'a / tidy: success'])
    expect((await findRun(deps.db, runId))?.conclusion).toBe('cancelled')
  })

  test('ends with its calling jobs when it is forced to', async () => {
    const { deps, runId, move, states, end } = await started(jobs, { tidy })
    await move('a / one', claim())
    await requestCancel(deps.db, runId, { force: true })
    await advanceRun(deps, runId)
    expect(await states()).toEqual(['a: in_progress', 'a / one: in_progress', 'a / tidy: cancelled'])
    await end('a / one', 'cancelled')
    expect((await states())[0]).toBe('a: cancelled')
    expect((await findRun(deps.db, runId))?.status).toBe('completed')
  })
})
