import type { Health } from '@signalbox/core/contract/views/system.ts'
import { expect, test } from 'vitest'
import { troubles } from './health-banner.tsx'

const ok = { status: 'ok', detail: 'well' } as const
const well: Health = {
  status: 'ok',
  version: '1',
  database: ok,
  queue: ok,
  worker: ok,
  ingress: ok,
  disk: ok,
}

const nowMs = Date.parse('2026-01-02T04:00:00.000Z')

test('a system that is well says nothing', () => {
  expect(troubles(well, nowMs)).toEqual([])
})

test('each part that is not well has a sentence with its own words and since when', () => {
  const since = '2026-01-02T03:04:05.000Z'
  const said = troubles({ ...well, disk: { status: 'degraded', detail: '12 MB free', since } }, nowMs)
  expect(said).toEqual([
    `The disk is nearly full. 12 MB free. Since ${new Date(since).toLocaleTimeString()}.`,
  ])
})

test('with the database away it alone is named', () => {
  const down = { status: 'down', detail: 'no answer' } as const
  const said = troubles({ ...well, database: down, queue: down, worker: down }, nowMs)
  expect(said).toHaveLength(1)
  expect(said[0]).toContain('The database cannot be reached')
})

test('a worker that is on its way is no trouble, one that stays away is', () => {
  const at = (secondsAgo: number) => {
    const since = new Date(nowMs - secondsAgo * 1000).toISOString()
    return troubles({ ...well, worker: { status: 'down', detail: 'No sign of life', since } }, nowMs)
  }
  expect(at(5)).toEqual([])
  expect(at(20)).toHaveLength(1)
})
