import { expect, test } from 'vitest'
import { rerunsOf } from './rerun.tsx'

const job = { conclusion: 'success' } as Parameters<typeof rerunsOf>[0]['jobs'][number]
const failed = { ...job, conclusion: 'failure' as const }

test('a manual run that ended runs again, its failed jobs alone when others succeeded', () => {
  expect(rerunsOf({ kind: 'manual', status: 'completed', jobs: [job, failed] })).toEqual(['failed', 'all'])
  expect(rerunsOf({ kind: 'manual', status: 'completed', jobs: [failed] })).toEqual(['all'])
  expect(rerunsOf({ kind: 'manual', status: 'completed', jobs: [job] })).toEqual(['all'])
})

test('a run that moves, or that a change or deployment began, does not', () => {
  expect(rerunsOf({ kind: 'manual', status: 'in_progress', jobs: [job] })).toEqual([])
  expect(rerunsOf({ kind: 'validation', status: 'completed', jobs: [failed] })).toEqual([])
})
