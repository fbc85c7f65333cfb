import type { EgressRecord } from '@signalbox/engine/sandbox/egress/proxy.ts'
import { expect, test, vi } from 'vitest'
import { createEgressRecords, type IdentifiedRecord, maxRecords } from './egress-records.ts'

function request(n: number): EgressRecord {
  const size = { bytesUp: 1, bytesDown: 1, durationMs: 1 }
  return { at: n, host: `host-${n}`, port: 443, method: 'CONNECT', allowed: false, reason: 'no', ...size }
}

test('a flood of requests is stored in batches, one at a time, and counted beyond the limit', async () => {
  const batches: IdentifiedRecord[][] = []
  let inFlight = 0
  const records = createEgressRecords(async (batch) => {
    expect(++inFlight).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    batches.push(batch)
    inFlight--
  })
  for (let n = 0; n < 19_211; n++) records.add(request(n))
  await records.close()
  const stored = batches.flat()
  expect(stored).toHaveLength(maxRecords + 1)
  expect(new Set(stored.map((record) => record.id)).size).toBe(maxRecords + 1)
  expect(stored[0]?.host).toBe('host-0')
  expect(stored.at(-1)).toMatchObject({ at: 19_210, reason: expect.stringContaining('14211 more requests') })
  expect(batches.length).toBeLessThan(30)
})

test('a few requests are stored without the end of the job, also after another batch', async () => {
  const stored: string[] = []
  const records = createEgressRecords(async (batch) => {
    stored.push(...batch.map((record) => record.host))
  })
  records.add(request(1))
  records.add(request(2))
  await vi.waitFor(() => expect(stored).toEqual(['host-1', 'host-2']))
  records.add(request(3))
  await vi.waitFor(() => expect(stored).toHaveLength(3))
  await records.close()
  expect(stored).toHaveLength(3)
})

test('close waits for a batch that is on its way', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const records = createEgressRecords(() => promise)
  for (let n = 0; n < 200; n++) records.add(request(n))
  let closed = false
  const closing = records.close().then(() => {
    closed = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(closed).toBe(false)
  resolve()
  await closing
})
