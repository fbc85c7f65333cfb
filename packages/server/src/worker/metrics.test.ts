import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SandboxProvider, SandboxSpec } from '@signalbox/engine/sandbox/port.ts'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { createWorkerMetrics } from './metrics.ts'
import { serveMetrics } from './serve-metrics.ts'

const log = pino({ level: 'silent' })
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('counts jobs in hand, how long they waited and took, and requests', async () => {
  const metrics = createWorkerMetrics(4)
  metrics.claimed('validation', 0.3)
  metrics.claimed('agent', undefined)
  metrics.ended('validation', 'success', 12)
  metrics.egress(true)
  metrics.egress(false)
  const text = await metrics.registry.metrics()
  expect(text).toContain('signalbox_worker_slots 4')
  expect(text).toContain('signalbox_worker_jobs 1')
  expect(text).toContain('signalbox_job_queue_seconds_bucket{le="0.5",kind="validation"} 1')
  expect(text).not.toContain('signalbox_job_queue_seconds_count{kind="agent"}')
  expect(text).toContain('signalbox_job_attempt_seconds_sum{kind="validation",conclusion="success"} 12')
  expect(text).toContain('signalbox_egress_requests_total{allowed="false"} 1')
  expect(text).toContain('process_cpu_seconds_total')
})

test('a provider that is measured does the same, and its failures count as such', async () => {
  const asked: string[] = []
  const provider = {
    name: 'stand-in',
    create: async ({ id }: SandboxSpec) => {
      asked.push(id)
      if (id === 'bad') throw new Error('it did not start')
      return { id }
    },
    findSnapshot: async (key: string) => `/layers/${key}`,
  } as unknown as SandboxProvider
  const metrics = createWorkerMetrics(1)
  const measured = metrics.measured(provider)
  const spec = (id: string) => ({ id }) as SandboxSpec
  expect(await measured.create(spec('good'))).toEqual({ id: 'good' })
  await expect(measured.create(spec('bad'))).rejects.toThrow('it did not start')
  expect(await measured.findSnapshot('a')).toBe('/layers/a')
  expect(asked).toEqual(['good', 'bad'])
  const text = await metrics.registry.metrics()
  for (const result of ['ok', 'failed']) {
    expect(text).toContain(`signalbox_sandbox_create_seconds_count{provider="stand-in",result="${result}"} 1`)
  }
})

function ask(port: number, path: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('end', () => resolve([response.statusCode ?? 0, text]))
    })
    sent.on('error', reject)
    sent.end()
  })
}

test('the page is for loopback names only, and for the token when there is one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'worker-metrics-'))
  ends.push(() => rm(folder, { recursive: true, force: true }))
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, 'a-token-for-prometheus\n')
  const { registry } = createWorkerMetrics(1)
  const open = serveMetrics(registry, { port: 0, tokenFile: undefined, log })
  const closed = serveMetrics(registry, { port: 0, tokenFile, log })
  ends.push(open.close, closed.close)
  const port = await open.listening
  expect(await ask(port, '/metrics')).toEqual([200, expect.stringContaining('signalbox_worker_slots 1')])
  expect((await ask(port, '/metrics', { host: 'evil.example' }))[0]).toBe(421)
  expect((await ask(port, '/'))[0]).toBe(404)
  const other = await closed.listening
  expect((await ask(other, '/metrics'))[0]).toBe(401)
  expect((await ask(other, '/metrics', { authorization: 'Bearer another-one-for-it!' }))[0]).toBe(401)
  expect((await ask(other, '/metrics', { authorization: 'Bearer a-token-for-prometheus' }))[0]).toBe(200)
})

test('a port that another process has is tried for again until it is free', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const refused = Promise.withResolvers<void>()
  const { registry } = createWorkerMetrics(1)
  const told = { warn: () => refused.resolve(), error: () => {} }
  const page = serveMetrics(registry, { port, tokenFile: undefined, log: told, againMs: 20 })
  ends.push(page.close)
  await refused.promise
  await new Promise((resolve) => taken.close(resolve))
  expect(await page.listening).toBe(port)
})
