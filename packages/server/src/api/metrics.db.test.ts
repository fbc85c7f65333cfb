import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { heartbeatWorker, upsertWorker } from '../db/workers.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest({
    ingressRoutes: async () => [{ host: 'a.localhost', releaseId: 'r', requests: 7, errors: 2, open: 0 }],
  })
})
afterAll(() => api?.close())

async function scrape(headers?: Record<string, string>): Promise<string> {
  const answer = await api.call('GET', '/metrics', headers ? { headers } : {})
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('text/plain')
  return await answer.text()
}

test('the page counts jobs, runs, workers, connections, requests by route and visitors by host', async () => {
  const { project } = await seedProject(api.deps.db)
  await seedClaimedJob(api.deps.db, project.id)
  const id = newId()
  await upsertWorker(api.deps.db, { id, name: 'w1', pid: 1, slots: 4, sandbox: [], now: new Date() })
  await heartbeatWorker(api.deps.db, { id, now: new Date(), stats: { inHand: 3 } })
  await api.call('GET', `/api/projects/${project.slug}`)
  await api.call('GET', '/api/nothing/of/this/name')
  const text = await scrape()
  expect(text).toContain('signalbox_jobs{status="in_progress"} 1')
  expect(text).toMatch(/signalbox_runs\{kind="validation",conclusion="queued"\} 1/)
  expect(text).toContain('signalbox_worker_slots{worker="w1"} 4')
  expect(text).toContain('signalbox_worker_jobs{worker="w1"} 3')
  expect(text).toContain('signalbox_ingress_errors{host="a.localhost"} 2')
  expect(text).toContain('signalbox_up{part="database"} 1')
  expect(text).toMatch(
    /signalbox_http_request_duration_seconds_count\{method="GET",route="\/api\/projects\/:project",status="200"\} 1/,
  )
  expect(text).not.toContain('nothing/of/this')
  expect(text).not.toContain(project.slug)
  expect(text).toContain('process_cpu_seconds_total')
})

test('nobody reads it without a token; a token of its own opens it and nothing else', async () => {
  const stranger = await fetch(`${api.url}/metrics`)
  expect(stranger.status).toBe(401)
  const path = join(api.deps.config.dataDir, 'metrics-token')
  await writeFile(path, 'a-token-for-prometheus\n')
  api.deps.config.metricsTokenFile = path
  const headers = { authorization: 'Bearer a-token-for-prometheus' }
  expect(await scrape(headers)).toContain('signalbox_up')
  expect((await api.call('GET', '/api/system', { headers })).status).toBe(401)
  const wrong = await api.call('GET', '/metrics', { headers: { authorization: 'Bearer another-one-for-it' } })
  expect(wrong.status).toBe(401)
})

test('a problem names its request as the header does', async () => {
  const answer = await api.call('GET', '/api/projects/none-of-this-name')
  const id = answer.headers.get('x-request-id')
  expect(await answer.json()).toMatchObject({ status: 404, requestId: id })
})
