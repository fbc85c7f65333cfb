import type { SystemView } from '@signalbox/core/contract/views/system.ts'
import { expect, test } from 'vitest'
import { system } from '../dev/fixture-projects.ts'
import { waitReason } from './wait-reason.ts'

function facts(part: { alive?: boolean; available?: boolean; slots?: number; jobs?: number }) {
  const { alive = true, available = true, slots = 2, jobs = 0 } = part
  const workers = (system as SystemView).workers.slice(0, 1).map((worker) => ({
    ...worker,
    alive,
    slots,
    sandbox: worker.sandbox.map((each) => ({
      ...each,
      available,
      ...(available ? {} : { reason: 'user namespaces are forbidden' }),
    })),
  }))
  return { workers, jobsInProgress: jobs, health: (system as SystemView).health }
}

test('a worker with a sandbox and room keeps nothing waiting', () => {
  expect(waitReason(facts({}))).toBeNull()
})

test('says which of worker, sandbox or room is missing', () => {
  expect(waitReason({ ...facts({}), workers: [] })).toContain('signalbox worker')
  expect(waitReason(facts({ alive: false }))).toContain('No worker')
  expect(waitReason(facts({ available: false }))).toContain('user namespaces are forbidden')
  expect(waitReason(facts({ jobs: 2 }))).toBe('All 2 places for jobs are taken.')
})
