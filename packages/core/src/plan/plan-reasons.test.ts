import { describe, expect, it } from 'vitest'
import { parseWorkflow } from '../workflow/parse.ts'
import type { JobConclusion, JobState, PlanOptions } from './job-state.ts'
import { needsOfJob, planJobs } from './plan-jobs.ts'

function read(jobs: string) {
  const { workflow, diagnostics } = parseWorkflow('ci.yml', `on: push\njobs:\n${jobs}`)
  if (!workflow) throw new Error(JSON.stringify(diagnostics))
  return workflow
}

const base = 'runs-on: linux, steps: [{run: x}]'
const done = (conclusion: JobConclusion, outputs: Record<string, string> = {}): JobState => ({
  status: 'completed',
  conclusion,
  outputs,
})

/** The reason that the job `last` of two or three is told for not running. */
function why(condition: string, states: Record<string, JobState>, options: PlanOptions = {}) {
  const workflow = read(`
  a: {${base}}
  b: {${base}}
  last: {${base}, needs: [a, b], if: "${condition}"}
`)
  return planJobs(workflow, states, options).settle.find(({ key }) => key === 'last')
}

describe('what a job that does not run is told', () => {
  it.each<[JobConclusion, string]>([
    ['failure', 'b failed'],
    ['timed_out', 'b ran out of time'],
    ['cancelled', 'b was cancelled'],
    ['skipped', 'b was skipped'],
  ])('a need that came to %s', (conclusion, reason) => {
    const states = { a: done('success'), b: done(conclusion) }
    expect(why('1 == 1', states)).toEqual({ key: 'last', conclusion: 'skipped', reason })
  })

  it('the first need that did not succeed, in the order of its needs', () => {
    expect(why('1 == 1', { a: done('skipped'), b: done('failure') })?.reason).toBe('a was skipped')
  })

  it('its own condition, where all that it needs succeeded or the condition is about that', () => {
    const well = { a: done('success'), b: done('success') }
    expect(why("github.ref == 'x'", well)?.reason).toBe("its if is false: github.ref == 'x'")
    expect(why('failure()', well)?.reason).toBe('its if is false: failure()')
    expect(why('success()', { a: done('success'), b: done('failure') })?.reason).toBe(
      'its if is false: success()',
    )
  })

  it('a cancelled run', () => {
    const states = { a: done('success'), b: done('success') }
    expect(why('1 == 1', states, { cancelled: true })).toEqual({
      key: 'last',
      conclusion: 'cancelled',
      reason: 'the run was cancelled',
    })
  })

  it('a job further up, where its own needs succeeded', () => {
    const workflow = read(`
  a: {${base}}
  rescue: {${base}, needs: a, if: always()}
  last: {${base}, needs: rescue}
`)
    const plan = planJobs(workflow, { a: done('failure'), rescue: done('success') })
    expect(plan.settle).toEqual([
      { key: 'last', conclusion: 'skipped', reason: 'a job further up did not succeed' },
    ])
  })

  it('what is wrong with its condition, which is a failure', () => {
    const settled = why("fromJSON('{')", { a: done('success'), b: done('success') })
    expect(settled?.conclusion).toBe('failure')
    expect(settled?.reason).toMatch(/^if: .+ in: fromJSON\('\{'\)$/)
  })
})

describe('a fault of ours is thrown, not blamed on the workflow', () => {
  const contexts = {
    vars: {
      get broken(): string {
        throw new Error('a fault of ours')
      },
    },
  }
  it.each([
    ['a condition', `if: "vars.broken == 'x'"`, {}],
    ['a strategy', 'strategy: {matrix: {v: "${{ fromJSON(vars.broken) }}"}}', {}],
    ['continue-on-error', 'continue-on-error: "${{ vars.broken }}"', { t: done('failure') }],
  ])('in %s', (_name, key, states) => {
    const workflow = read(`  t: {${base}, ${key}}`)
    expect(() => planJobs(workflow, states, { contexts })).toThrow('a fault of ours')
  })
})

describe('conditions', () => {
  const starts = (condition: string, a: JobConclusion, b: JobConclusion, options: PlanOptions = {}) => {
    const workflow = read(`
  a: {${base}}
  b: {${base}}
  last: {${base}, needs: [a, b], if: "${condition}"}
`)
    return planJobs(workflow, { a: done(a), b: done(b) }, options).start.length === 1
  }

  it('ask for the success of all jobs that they name, or for the failure of one', () => {
    expect(starts("success('a', 'b')", 'success', 'success')).toBe(true)
    expect(starts("success('a', 'b')", 'success', 'failure')).toBe(false)
    expect(starts("success('a', 'b')", 'success', 'skipped')).toBe(false)
    expect(starts("failure('a', 'b')", 'success', 'failure')).toBe(true)
    expect(starts("failure('a')", 'success', 'failure')).toBe(false)
    expect(starts("success('none') || failure('none')", 'success', 'failure')).toBe(false)
  })

  it('count a job that ran out of time as a failure, as GitHub has no word for it', () => {
    expect(starts('failure()', 'success', 'timed_out')).toBe(true)
    expect(starts("always() && needs.b.result == 'failure'", 'success', 'timed_out')).toBe(true)
    expect(starts("always() && needs.b.result == 'cancelled'", 'success', 'cancelled')).toBe(true)
  })

  it('tell a cancelled run from one that goes on', () => {
    expect(starts('cancelled()', 'success', 'success')).toBe(false)
    expect(starts('cancelled()', 'success', 'success', { cancelled: true })).toBe(true)
    expect(starts('success() || failure()', 'success', 'failure', { cancelled: true })).toBe(false)
    expect(starts('always()', 'success', 'failure', { cancelled: true })).toBe(true)
  })
})

describe('the needs of one job', () => {
  const workflow = read(`
  a: {${base}}
  b: {${base}}
  last: {${base}, needs: [a, b]}
`)

  it('are results and outputs; one that has not ended counts as skipped', () => {
    const states: Record<string, JobState> = { a: done('success', { x: '1' }), b: { status: 'in_progress' } }
    expect(needsOfJob(workflow, states, 'last')).toEqual({
      a: { result: 'success', outputs: { x: '1' } },
      b: { result: 'skipped', outputs: {} },
    })
  })

  it('are none for a job without needs, and for none at all', () => {
    expect(needsOfJob(workflow, {}, 'a')).toEqual({})
    expect(needsOfJob(workflow, {}, 'nobody')).toEqual({})
  })
})

describe('the whole run', () => {
  it('starts jobs in the order of the file, and their legs in the order of the matrix', () => {
    const workflow = read(`
  late: {${base}, needs: first}
  legs: {${base}, strategy: {matrix: {v: [1, 2]}}}
  plain: {${base}}
  first: {${base}}
`)
    const queued = { status: 'queued' } as const
    const legs: JobState = {
      ...queued,
      legs: { states: [1, 2].map((v) => ({ ...queued, combination: { v } })), failFast: true },
    }
    const { start } = planJobs(workflow, { first: done('success'), legs })
    expect(start.map(({ key, leg }) => (leg === undefined ? key : `${key} ${leg}`))).toEqual([
      'late',
      'legs 0',
      'legs 1',
      'plain',
    ])
  })

  it('refuses needs that lead in a circle, which reading a file does too', () => {
    const { jobs } = read(`  a: {${base}}\n  b: {${base}, needs: a}\n  c: {${base}}`)
    const circle = jobs.map((job) => (job.key === 'a' ? { ...job, needs: ['b'] } : job))
    expect(() => planJobs({ jobs: circle }, {})).toThrow(
      expect.objectContaining({
        code: 'invalid-needs',
        message: 'the needs of the jobs lead in a circle',
      }),
    )
  })

  it('is not over while one of its jobs runs, and has no conclusion until then', () => {
    const workflow = read(`  a: {${base}}\n  b: {${base}}`)
    const plan = planJobs(workflow, { a: done('failure'), b: { status: 'in_progress' } })
    expect(plan).toEqual({
      start: [],
      expand: [],
      open: [],
      settle: [],
      close: [],
      cancel: [],
      complete: false,
    })
  })

  it('was cancelled where a person stopped it, except where something failed first', () => {
    const workflow = read(`  a: {${base}}`)
    const conclusion = (a: JobConclusion) =>
      planJobs(workflow, { a: done(a) }, { cancelled: true }).conclusion
    expect(conclusion('failure')).toBe('failure')
    expect(conclusion('skipped')).toBe('cancelled')
    expect(conclusion('timed_out')).toBe('cancelled')
  })

  it('of no jobs is over at once and was skipped', () => {
    expect(planJobs({ jobs: [] }, {})).toMatchObject({ complete: true, conclusion: 'skipped' })
  })

  it('is no better for a job of which nothing is known but that it ended', () => {
    const workflow = read(`  a: {${base}}`)
    expect(planJobs(workflow, { a: { status: 'completed' } }).conclusion).toBe('failure')
  })
})
