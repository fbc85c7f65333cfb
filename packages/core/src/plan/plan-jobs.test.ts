import { describe, expect, it } from 'vitest'
import type { Workflow, WorkflowJob } from '../workflow/model.ts'
import type { JobState, PlanOptions } from './job-state.ts'
import { planJobs } from './plan-jobs.ts'

const start = { line: 1, column: 1 }

function job(
  key: string,
  needs: string[] = [],
  rest: { if?: string; continueOnError?: string } = {},
): WorkflowJob {
  return {
    key,
    needs,
    if: rest.if === undefined ? undefined : { expression: rest.if, start },
    continueOnError: rest.continueOnError === undefined ? undefined : { source: rest.continueOnError, start },
    runsOn: { labels: [{ source: 'ubuntu-latest', start }], start },
    env: [],
    outputs: [],
    steps: [],
    start,
  }
}

function done(conclusion: NonNullable<JobState['conclusion']>, outputs = {}): JobState {
  return { status: 'completed', conclusion, outputs }
}

function plan(jobs: WorkflowJob[], states: Record<string, JobState> = {}, options: PlanOptions = {}) {
  const result = planJobs({ jobs }, states, options)
  return {
    ...result,
    start: result.start.map((entry) => entry.key),
    settle: Object.fromEntries(result.settle.map((entry) => [entry.key, entry.conclusion])),
    why: result.settle.map((entry) => entry.reason),
    needs: result.start.map((entry) => entry.needs),
  }
}

describe('planJobs', () => {
  it('starts what waits for nothing and hands results on', () => {
    const jobs = [job('b', ['a']), job('a'), job('c', ['a', 'b'])]
    expect(plan(jobs).start).toEqual(['a'])
    expect(plan(jobs, { a: { status: 'in_progress' } })).toMatchObject({
      start: [],
      settle: {},
      complete: false,
    })
    const next = plan(jobs, { a: done('success', { x: '1' }) })
    expect(next.start).toEqual(['b'])
    expect(next.needs).toEqual([{ a: { result: 'success', outputs: { x: '1' } } }])
    const all = { a: done('success'), b: done('success'), c: done('success') }
    expect(plan(jobs, all)).toMatchObject({ complete: true, conclusion: 'success', start: [] })
  })

  it('skips all dependants of a failure at once and says why', () => {
    const jobs = [job('a'), job('b', ['a']), job('c', ['b']), job('d', ['a'], { if: 'failure()' })]
    const next = plan(jobs, { a: done('failure') })
    expect(next).toMatchObject({ start: ['d'], settle: { b: 'skipped', c: 'skipped' }, complete: false })
    expect(next.why).toEqual(['a failed', 'b was skipped'])
    expect(plan(jobs, { a: done('failure'), d: done('success') })).toMatchObject({
      complete: true,
      conclusion: 'failure',
    })
  })

  it('looks at all ancestors: a rescue in between does not hide the failure above it', () => {
    const jobs = [
      job('a'),
      job('b', ['a'], { if: 'always()' }),
      job('c', ['b']),
      job('d', ['b'], { if: 'failure()' }),
      job('e', ['b'], { if: "success('b')" }),
    ]
    const next = plan(jobs, { a: done('failure'), b: done('success') })
    expect(next).toMatchObject({ start: ['d', 'e'], settle: { c: 'skipped' } })
  })

  it('lets a skipped need skip its dependants', () => {
    const jobs = [job('a', [], { if: 'false' }), job('b', ['a']), job('c', ['a'], { if: '!failure()' })]
    expect(plan(jobs)).toMatchObject({ start: ['c'], settle: { a: 'skipped', b: 'skipped' } })
    expect(plan([job('a', [], { if: 'false' })])).toMatchObject({ complete: true, conclusion: 'skipped' })
  })

  it('reads needs and github in conditions', () => {
    const jobs = [job('a'), job('b', ['a'], { if: "needs.a.outputs.go == 'yes' && github.ref == 'main'" })]
    const options = { contexts: { github: { ref: 'main' } } }
    expect(plan(jobs, { a: done('success', { go: 'yes' }) }, options).start).toEqual(['b'])
    expect(plan(jobs, { a: done('success', { go: 'no' }) }, options).settle).toEqual({ b: 'skipped' })
  })

  it('fails a job whose condition cannot be evaluated', () => {
    const next = plan(
      [job('a', [], { if: 'fromJSON(github.bad)' })],
      {},
      { contexts: { github: { bad: '{' } } },
    )
    expect(next).toMatchObject({ settle: { a: 'failure' }, complete: true, conclusion: 'failure' })
  })

  it('forgives with continue-on-error', () => {
    const jobs = [job('a', [], { continueOnError: 'true' }), job('b', ['a'])]
    expect(plan(jobs, { a: done('failure') })).toMatchObject({ start: ['b'] })
    expect(plan(jobs, { a: done('failure'), b: done('success') }).conclusion).toBe('success')
    expect(plan(jobs, { a: done('cancelled') }).settle).toEqual({ b: 'skipped' })
  })

  it('starts only what asks for it after a cancel', () => {
    const jobs = [
      job('a'),
      job('b', ['a']),
      job('c', ['a'], { if: 'always()' }),
      job('d', [], { if: 'cancelled()' }),
    ]
    const next = plan(jobs, { a: done('cancelled') }, { cancelled: true })
    expect(next).toMatchObject({ start: ['c', 'd'], settle: { b: 'cancelled' } })
    const end = plan([job('a')], { a: done('success') }, { cancelled: true })
    expect(end).toMatchObject({ complete: true, conclusion: 'cancelled' })
  })

  it('tells a run that failed from one that ran out of time or was cancelled', () => {
    const jobs = [job('a'), job('b')]
    const conclusion = (a: JobState, b: JobState) => plan(jobs, { a, b }).conclusion
    expect(conclusion(done('timed_out'), done('failure'))).toBe('failure')
    expect(conclusion(done('timed_out'), done('success'))).toBe('timed_out')
    expect(conclusion(done('cancelled'), done('success'))).toBe('cancelled')
    expect(conclusion(done('skipped'), done('success'))).toBe('success')
  })
})

/** A reproducible row of numbers below 1. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

describe('any graph', () => {
  it('comes to its end, starts no job before its needs, and no job twice', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const roll = dice(seed)
      const conditions = [undefined, undefined, 'always()', 'failure()', 'false', '!cancelled()']
      const jobs = Array.from({ length: 25 }, (_, i) => {
        const needs = Array.from({ length: i }, (_, k) => `j${k}`).filter(() => roll() < 0.2)
        return job(`j${i}`, needs, { if: conditions[Math.floor(roll() * conditions.length)] })
      })
      const workflow: Pick<Workflow, 'jobs'> = { jobs: jobs.toSorted(() => roll() - 0.5) }
      const states: Record<string, JobState> = {}
      let complete = false
      for (let turn = 0; turn < 200 && !complete; turn++) {
        const next = planJobs(workflow, states, { cancelled: turn > 15 && seed % 3 === 0 })
        for (const { key, conclusion } of next.settle) {
          expect(states[key]).toBeUndefined()
          states[key] = { status: 'completed', conclusion }
        }
        for (const { key } of next.start) {
          expect(states[key]).toBeUndefined()
          const needs = jobs.find((j) => j.key === key)?.needs ?? []
          expect(needs.every((need) => states[need]?.status === 'completed')).toBe(true)
          states[key] = { status: 'in_progress' }
        }
        const running = Object.entries(states).filter(([, state]) => state.status === 'in_progress')
        const one = running[Math.floor(roll() * running.length)]
        if (one) states[one[0]] = done(roll() < 0.3 ? 'failure' : 'success')
        complete = next.complete
      }
      expect(complete).toBe(true)
    }
  })

  it('plans fifty dense layers of ten jobs step by step', () => {
    const jobs = Array.from({ length: 500 }, (_, i) => {
      const layer = Math.floor(i / 10)
      const needs = layer === 0 ? [] : Array.from({ length: 10 }, (_, k) => `j${(layer - 1) * 10 + k}`)
      return job(`j${i}`, needs)
    })
    const states: Record<string, JobState> = {}
    let turns = 0
    for (let next = planJobs({ jobs }, states); !next.complete; next = planJobs({ jobs }, states)) {
      expect(next.start).toHaveLength(10)
      for (const { key } of next.start) states[key] = done('success')
      turns++
    }
    expect(turns).toBe(50)
  })
})
