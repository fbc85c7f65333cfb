import { expect, it } from 'vitest'
import type { JobRow } from '../../db/state-of.ts'
import { keptJobs } from './kept-jobs.ts'

interface Fact {
  key: string
  job?: string
  needs?: string[]
  caller?: string
  leg?: number
  conclusion?: 'success' | 'failure'
}

/** Rows of jobs; the id of each is its key. */
function rows(...facts: Fact[]): JobRow[] {
  return facts.map(({ key, job = key, needs = [], caller, leg, conclusion = 'success' }) => ({
    ...{ id: key, key, job_key: job, needs, caller_id: caller ?? null, leg: leg ?? null },
    ...{ matrix: leg === undefined ? null : { n: leg }, outputs: { of: key } },
    ...{ conclusion, status: 'completed', strategy: null, completed_at: new Date(leg ?? 0) },
  })) as unknown as JobRow[]
}

const jobs = rows(
  { key: 'a' },
  { key: 'b (0)', job: 'b', needs: ['a'], leg: 0 },
  { key: 'b (1)', job: 'b', needs: ['a'], leg: 1 },
  { key: 'c', needs: ['b'] },
  { key: 'call', needs: ['a'] },
  { key: 'call / x', job: 'x', caller: 'call' },
  { key: 'call / y', job: 'y', caller: 'call', needs: ['x'] },
  { key: 'call / z', job: 'z', caller: 'call' },
  { key: 'after', needs: ['call'] },
  { key: 'alone' },
  { key: 'broken', conclusion: 'failure' },
)

const again = (job: string) => {
  const kept = keptJobs(jobs, { jobs: 'all', job })
  const all = ['a', 'b', 'c', 'call', 'call / x', 'call / y', 'call / z', 'after', 'alone', 'broken']
  return all.filter((key) => !kept?.has(key))
}

it.each([
  ['alone', ['alone', 'broken']],
  ['b', ['b', 'c', 'broken']],
  ['b (1)', ['b', 'c', 'broken']],
  ['call / x', ['call', 'call / x', 'call / y', 'after', 'broken']],
  ['call', ['call', 'call / x', 'call / y', 'call / z', 'after', 'broken']],
  ['broken', ['broken']],
])('with %s run again: %j', (job, expected) => {
  expect(again(job)).toEqual(expected)
})

it('with a job that all others need everything runs again but what stands alone', () => {
  expect(keptJobs(jobs, { jobs: 'all', job: 'a' })).toEqual(new Map([['alone', { of: 'alone' }]]))
})

it('keeps all that succeeded, or nothing, and names the jobs where one is asked for that is none', () => {
  expect(keptJobs(jobs, { jobs: 'all' })).toBeUndefined()
  expect([...(keptJobs(jobs, { jobs: 'failed' })?.keys() ?? [])]).toHaveLength(9)
  expect(() => again('d')).toThrow('The run has no job d.')
})
