import { describe, expect, it } from 'vitest'
import { parseWorkflow } from '../workflow/parse.ts'
import type { JobState, LegState } from './job-state.ts'
import { needsOfJob, planJobs } from './plan-jobs.ts'

function read(jobs: string) {
  const { workflow, diagnostics } = parseWorkflow('ci.yml', `on: push\njobs:\n${jobs}`)
  if (!workflow) throw new Error(JSON.stringify(diagnostics))
  return workflow
}

const base = 'runs-on: linux, steps: [{run: x}]'
const workflow = read(`
  t: {${base}, strategy: {matrix: {v: [1, 2, 3]}}, continue-on-error: "\${{ matrix.v == 2 }}"}
  after: {${base}, needs: t}
  rescue: {${base}, needs: t, if: failure()}
`)

function legs(states: LegState[], options: { failFast?: boolean; maxParallel?: number } = {}): JobState {
  return {
    status: 'in_progress',
    legs: {
      states: states.map((state, index) => ({ ...state, combination: { v: index + 1 } })),
      failFast: options.failFast ?? true,
      maxParallel: options.maxParallel,
    },
  }
}

const queued: LegState = { status: 'queued' }
const running: LegState = { status: 'in_progress' }
const done = (conclusion: NonNullable<LegState['conclusion']>, rest: Partial<LegState> = {}): LegState => ({
  status: 'completed',
  conclusion,
  ...rest,
})

describe('legs of a matrix', () => {
  it('are asked for once the job may start, then started', () => {
    const first = planJobs(workflow, {})
    expect(first.expand.map((one) => [one.key, one.strategy.combinations])).toEqual([
      ['t', [{ v: 1 }, { v: 2 }, { v: 3 }]],
    ])
    expect(first).toMatchObject({ start: [], settle: [], complete: false })
    const next = planJobs(workflow, { t: legs([queued, queued, queued]) })
    expect(next.start.map((start) => start.leg)).toEqual([0, 1, 2])
    expect(next.expand).toEqual([])
  })

  it('start only so many at once', () => {
    const plan = (states: LegState[]) =>
      planJobs(workflow, { t: legs(states, { maxParallel: 2 }) }).start.map((start) => start.leg)
    expect(plan([queued, queued, queued])).toEqual([0, 1])
    expect(plan([running, queued, queued])).toEqual([1])
    expect(plan([running, running, queued])).toEqual([])
    expect(plan([done('success'), running, queued])).toEqual([2])
  })

  it('are waited for by dependants, all of them', () => {
    const some = planJobs(workflow, { t: legs([done('success'), done('success'), running]) })
    expect(some).toMatchObject({ start: [], settle: [], complete: false })
    const all = planJobs(workflow, { t: legs([done('success'), done('success'), done('success')]) })
    expect(all.start.map((start) => start.key)).toEqual(['after'])
  })

  it('end with the first that fails, unless that one may fail', () => {
    const plan = planJobs(workflow, { t: legs([running, queued, done('failure')]) })
    expect(plan.cancel).toEqual([{ key: 't', leg: 0 }])
    expect(plan.settle).toMatchObject([{ key: 't', leg: 1, conclusion: 'cancelled' }])
    const forgiven = planJobs(workflow, { t: legs([running, done('failure'), queued]) })
    expect(forgiven).toMatchObject({ cancel: [], settle: [], start: [{ leg: 2 }] })
    const slow = planJobs(workflow, { t: legs([running, queued, done('failure')], { failFast: false }) })
    expect(slow).toMatchObject({ cancel: [], settle: [], start: [{ leg: 1 }] })
  })

  it('count together: a failure before all else, what is forgiven as a success', () => {
    const end = planJobs(workflow, { t: legs([done('success'), done('success'), done('failure')]) })
    expect(end.start.map((start) => start.key)).toEqual(['rescue'])
    expect(end.start[0]?.needs['t']?.result).toBe('failure')
    const forgiven = planJobs(workflow, { t: legs([done('success'), done('failure'), done('success')]) })
    expect(forgiven.start[0]).toMatchObject({ key: 'after', needs: { t: { result: 'success' } } })
  })

  it('hand on the outputs of the last one, but no empty value over another', () => {
    const states = [
      done('success', { outputs: { a: 'first', b: 'one' }, completedAt: 30 }),
      done('success', { outputs: { a: 'second', b: '' }, completedAt: 10 }),
      done('success', { outputs: { a: '', c: '' }, completedAt: 40 }),
    ]
    const [after] = planJobs(workflow, { t: legs(states) }).start
    expect(after?.needs['t']?.outputs).toEqual({ a: 'first', b: 'one', c: '' })
  })

  it('that cannot be made fail the job', () => {
    const bad = read(`
  t: {${base}, strategy: {matrix: {v: "\${{ fromJSON(vars.none || '[]') }}"}}}
  after: {${base}, needs: t}
`)
    expect(planJobs(bad, {})).toMatchObject({
      settle: [
        { key: 't', conclusion: 'failure', reason: 'strategy: v of the matrix is an empty list' },
        { key: 'after', conclusion: 'skipped' },
      ],
      complete: true,
      conclusion: 'failure',
    })
  })

  it('are cancelled with their run, except those that asked to run then', () => {
    const plan = planJobs(workflow, { t: legs([done('cancelled'), queued, queued]) }, { cancelled: true })
    expect(plan.settle.filter((one) => one.key === 't').map((one) => one.leg)).toEqual([1, 2])
    const always = read(`  t: {${base}, if: always(), strategy: {matrix: {v: [1, 2]}}}`)
    const kept = planJobs(always, { t: legs([queued, queued]) }, { cancelled: true })
    expect(kept.start.map((start) => start.leg)).toEqual([0, 1])
  })

  it('are told why they do not run: another leg, the first one too, or the run', () => {
    const failed = planJobs(workflow, { t: legs([done('failure'), running, queued]) })
    expect(failed.cancel).toEqual([{ key: 't', leg: 1 }])
    expect(failed.settle).toEqual([
      { key: 't', leg: 2, conclusion: 'cancelled', reason: 'another job of the matrix failed' },
    ])
    const cancelled = planJobs(workflow, { t: legs([running, queued, running]) }, { cancelled: true })
    expect(cancelled.cancel).toEqual([])
    expect(cancelled.settle).toEqual([
      { key: 't', leg: 1, conclusion: 'cancelled', reason: 'the run was cancelled' },
    ])
  })

  it('end as cancelled where the last ones never ran, and their dependants are skipped', () => {
    const plan = planJobs(workflow, { t: legs([done('success'), queued, queued]) }, { cancelled: true })
    expect(plan).toMatchObject({ complete: true, conclusion: 'cancelled', start: [] })
    const failed = planJobs(workflow, { t: legs([done('timed_out'), queued, done('success')]) })
    expect(failed.start.map((start) => start.key)).toEqual(['rescue'])
    expect(failed.start[0]?.needs['t']?.result).toBe('timed_out')
  })

  it('have no outputs for anyone before all have ended', () => {
    const t = legs([done('success', { outputs: { a: 'early' } }), running, running])
    expect(needsOfJob(workflow, { t }, 'after')).toEqual({ t: { result: 'skipped', outputs: {} } })
  })

  it('that have no time of their end come before those that have one', () => {
    const states = [
      done('success', { outputs: { a: 'late' }, completedAt: 5 }),
      done('success', { outputs: { a: 'unknown' } }),
      done('success'),
    ]
    const [after] = planJobs(workflow, { t: legs(states) }).start
    expect(after?.needs['t']?.outputs).toEqual({ a: 'late' })
  })

  it('are not forgiven by a continue-on-error that cannot be evaluated', () => {
    const odd = read(`
  t: {${base}, strategy: {matrix: {v: [1, 2, 3]}}, continue-on-error: "\${{ fromJSON('{') }}"}
`)
    const ended = legs([done('failure'), done('success'), done('success')])
    expect(planJobs(odd, { t: ended })).toMatchObject({ complete: true, conclusion: 'failure' })
  })
})
