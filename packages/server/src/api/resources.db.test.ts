import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { routes } from '@signalbox/core/contract/routes.ts'
import { Problem } from '@signalbox/core/contract/views/live.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { appendAgentEvents, insertAgentRun } from '../db/agent-runs.ts'
import { insertChange } from '../db/changes.ts'
import { upsertCheck } from '../db/checks.ts'
import { insertDeployment } from '../db/deployments.ts'
import { setLive } from '../db/environments.ts'
import { appendLogChunk } from '../db/log-chunks.ts'
import { moveStep } from '../db/move-step.ts'
import { insertPullRequest, setMergeCommit } from '../db/pull-requests.ts'
import { upsertWorker } from '../db/workers.ts'
import { storeJobLog } from '../job-log/store-job-log.ts'

let api: ApiUnderTest
let seeded: Awaited<ReturnType<typeof seedProject>>
beforeAll(async () => {
  api = await apiUnderTest()
  seeded = await seedProject(api.deps.db)
  const files = [{ path: 'README.md', content: 'hello\n' }]
  await api.deps.forge.initRepository({ projectId: seeded.project.id, files, message: 'first' })
})
afterAll(() => api.close())

async function get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const answer = await api.call('GET', path)
  const body: unknown = await answer.json()
  expect(answer.status, JSON.stringify(body)).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  return schema.parse(body)
}

async function problem(answer: Response): Promise<Problem> {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  return Problem.parse(await answer.json())
}

describe('projects', () => {
  it('are listed as cards with head and newest change, and found by slug and id', async () => {
    const { items } = await get('/api/projects', routes.listProjects.response)
    const card = items.find((item) => item.id === seeded.project.id)
    expect(card).toMatchObject({ openChanges: 1, newestChange: { id: seeded.change.id }, live: null })
    expect(card?.headCommit).toMatch(/^[0-9a-f]{40}$/)
    expect(card?.newestChange?.strip).toHaveLength(10)
    const bySlug = await get(`/api/projects/${seeded.project.slug}`, routes.getProject.response)
    const byId = await get(`/api/projects/${seeded.project.id}`, routes.getProject.response)
    expect(byId).toEqual(bySlug)
    expect(bySlug.cloneUrl).toBe(`http://127.0.0.1:3000/git/${seeded.project.slug}.git`)
  })

  it('show the live deployment with its address', async () => {
    const { project, environment } = await seedProject(api.deps.db)
    const deployment = await insertDeployment(api.deps.db, {
      id: newId(),
      project_id: project.id,
      environment_id: environment.id,
      change_id: null,
      run_id: null,
      commit_id: 'c'.repeat(40),
      trigger: 'manual',
      previous_deployment_id: null,
      rollback_of: null,
    })
    await setLive(api.deps.db, { id: environment.id, fence: environment.fence, deploymentId: deployment.id })
    const detail = await get(`/api/projects/${project.id}`, routes.getProject.response)
    expect(detail.live).toMatchObject({ live: true, url: `http://${environment.host}:3001` })
    expect(detail.headCommit).toBeNull()
    const { items } = await get(`/api/projects/${project.id}/deployments`, routes.listDeployments.response)
    expect(items).toEqual([detail.live])
  })

  it('are only deleted when named', async () => {
    api.flow.deleteProject = async () => {}
    const path = `/api/projects/${seeded.project.slug}`
    const before = api.calls.length
    const wrong = await api.call('DELETE', path, { body: { confirm: 'other' } })
    expect(wrong.status).toBe(422)
    expect(api.calls.length).toBe(before)
    const right = await api.call('DELETE', path, { body: { confirm: seeded.project.slug } })
    expect(right.status).toBe(200)
  })

  it('say which settings are wrong', async () => {
    const body = { fence: 0, settings: { validation: { port: 70_000, timeoutMinutes: 'x' } } }
    const answer = await api.call('PATCH', `/api/projects/${seeded.project.slug}`, { body })
    expect(answer.status).toBe(400)
    const { code, errors } = await problem(answer)
    expect(code).toBe('invalid-request')
    expect(errors?.map((error) => error.path)).toEqual([
      'body/settings/validation/port',
      'body/settings/validation/timeoutMinutes',
    ])
  })
})

describe('changes', () => {
  it('show conversation, pull request, gate and what may be done', async () => {
    const { project, change } = await seedProject(api.deps.db)
    const { db } = api.deps
    const agentRun = await insertAgentRun(db, { id: newId(), changeId: change.id, driver: 'scripted' })
    const said = { role: 'agent', kind: 'message', body: 'Done.' } as const
    await appendAgentEvents(db, { agentRunId: agentRun.id, turn: 1, events: [said] })
    const [head, base, merge] = ['a', 'b', 'c'].map((letter) => letter.repeat(40))
    if (!head || !base || !merge) throw new Error('three commits')
    const pullRequest = await insertPullRequest(db, {
      id: newId(),
      project_id: project.id,
      change_id: change.id,
      number: 2,
      title: 'Do it',
      head_branch: 'signalbox/change-1',
      head_commit: head,
      base_branch: 'main',
      base_commit: base,
      policy_files: [],
    })
    const merged = { headCommit: head, baseCommit: base, mergeCommit: merge, mergeTree: 'd'.repeat(40) }
    await setMergeCommit(db, { id: pullRequest.id, ...merged })
    for (const [commit_id, conclusion] of [
      [merge, 'success'],
      [base, 'failure'],
    ] as const) {
      await upsertCheck(db, {
        pull_request_id: pullRequest.id,
        commit_id,
        name: 'validate',
        conclusion,
        summary: 'as it is',
        run_id: null,
      })
    }
    const detail = await get(`/api/changes/${change.id}`, routes.getChange.response)
    expect(detail.agentRun).toMatchObject({ label: 'Scripted', scripted: true })
    expect(detail.agentRun?.conversation).toMatchObject([{ text: 'Done.', seq: 1 }])
    expect(detail.pullRequest?.checks).toHaveLength(2)
    expect(detail.gate).toMatchObject({ decision: 'wait', waitingFor: 'merge' })
    const allowed = detail.verbs.filter((verb) => verb.allowed).map((verb) => verb.verb)
    expect(allowed).toEqual(['cancel'])
  })

  it('come newest first, page by page, each once', async () => {
    const { project } = await seedProject(api.deps.db)
    for (let n = 0; n < 6; n++) {
      const now = new Date()
      const row = {
        project_id: project.id,
        title: `t${n}`,
        goal: 'g',
        mode: 'auto',
        created_by: null,
        now,
      } as const
      await insertChange(api.deps.db, { id: newId(Date.now() + n), ...row })
    }
    const seen: string[] = []
    let before = ''
    do {
      const path = `/api/changes?project=${project.slug}&limit=3${before}`
      const page = await get(path, routes.listChanges.response)
      seen.push(...page.items.map((item) => item.title))
      before = page.next ? `&before=${page.next}` : ''
    } while (before !== '')
    expect(seen).toEqual(['t5', 't4', 't3', 't2', 't1', 't0', 'A goal'])
  })

  it('pass on what a flow refuses, in its words', async () => {
    api.flow.mergeChange = async () => {
      throw new Failure('refused', 'a change that is working cannot take "merge_requested"', {
        hint: 'Wait.',
      })
    }
    const answer = await api.call('POST', `/api/changes/${seeded.change.id}/merge`)
    expect(answer.status).toBe(409)
    expect(await problem(answer)).toMatchObject({ code: 'refused', hint: 'Wait.' })
  })

  it('say nothing of our insides when something breaks, but log it under the id', async () => {
    api.flow.retryChange = async () => {
      throw new Error('the secret of line 7')
    }
    const answer = await api.call('POST', `/api/changes/${seeded.change.id}/retry`)
    expect(answer.status).toBe(500)
    const id = answer.headers.get('x-request-id') ?? ''
    const body = await problem(answer)
    expect(body.detail).toContain(id)
    expect(JSON.stringify(body)).not.toContain('line 7')
    expect(api.logged.find((line) => line.includes(id) && line.includes('line 7'))).toBeDefined()
  })
})

describe('git', () => {
  it('is served to API tokens only, never to a browser’s session', async () => {
    const address = `${api.url}/git/${seeded.project.slug}.git/info/refs?service=git-upload-pack`
    const basic = Buffer.from(`anybody:${api.token}`).toString('base64')
    const { cookie } = await api.signIn()
    expect((await fetch(address, { headers: { authorization: `Basic ${basic}` } })).status).toBe(200)
    expect((await fetch(address, { headers: { cookie } })).status).toBe(401)
    expect((await fetch(address)).status).toBe(401)
    expect(api.logged.join('')).not.toContain(basic)
  })
})

describe('runs', () => {
  it('show jobs, and the log from a line on', async () => {
    const { run, job } = await seedClaimedJob(api.deps.db, seeded.project.id)
    const lines = ['one', 'two', 'three'].map((x) => ({ s: 1, t: 5, c: 'o' as const, x }))
    const chunk = { jobId: job.id, attempt: job.attempt, fence: job.fence, firstLine: 1, lines }
    expect(await appendLogChunk(api.deps.db, chunk)).toMatchObject({ ok: true })
    const step = { jobId: job.id, attempt: job.attempt, fence: job.fence, number: 1, name: 'Print' }
    const at = new Date()
    const began = { type: 'start' } as const
    await moveStep(api.deps.db, { ...step, event: began, now: at, patch: { kind: 'run' } })
    const ended = { type: 'complete', outcome: 'failure', conclusion: 'failure' } as const
    const later = new Date(at.getTime() + 1500)
    await moveStep(api.deps.db, { ...step, event: ended, now: later, patch: { reason: 'it exited with 1' } })
    const detail = await get(`/api/runs/${run.id}`, routes.getRun.response)
    expect(detail).toMatchObject({ ref: run.ref, durationMs: null })
    expect([detail.kind, detail.triggerEvent]).toEqual(['validation', 'pull_request'])
    expect(detail.jobs).toMatchObject([{ id: job.id, status: 'in_progress', attempt: job.attempt }])
    expect(detail.jobs[0]?.steps).toMatchObject([
      { name: 'Print', type: 'run', status: 'completed', reason: 'it exited with 1', durationMs: 1500 },
    ])
    const page = await get(`/api/jobs/${job.id}/log?after=1&limit=1`, routes.getJobLog.response)
    expect(page).toMatchObject({ attempt: job.attempt, more: true, complete: false })
    expect(page.lines).toEqual([{ n: 2, step: 1, at: 5, stream: 'stdout', text: 'two' }])
  })

  it('show a part of a log that fits: its end, what holds a text, what stands around the first error', async () => {
    const { project } = await seedProject(api.deps.db)
    const { job } = await seedClaimedJob(api.deps.db, project.id)
    const texts = ['begin', 'Error: of a step that may fail', 'middle', 'Error: the real one', 'end']
    await appendLogChunk(api.deps.db, {
      jobId: job.id,
      attempt: job.attempt,
      fence: job.fence,
      firstLine: 1,
      lines: texts.map((x, index) => ({ s: index < 2 ? 1 : 2, t: 1, c: 'o', x })),
    })
    const ended = { status: 'completed' as const, started_at: new Date(), completed_at: new Date() }
    await api.deps.db
      .insertInto('steps')
      .values([
        { job_id: job.id, attempt: job.attempt, number: 1, name: 'one', conclusion: 'success', ...ended },
        { job_id: job.id, attempt: job.attempt, number: 2, name: 'two', conclusion: 'failure', ...ended },
      ])
      .execute()
    const part = async (query: string) => {
      const found = await get(`/api/jobs/${job.id}/log/excerpt?${query}`, routes.getLogExcerpt.response)
      return found.lines.map((line) => line.n)
    }
    expect(await part('mode=tail')).toEqual([1, 2, 3, 4, 5])
    expect(await part('mode=tail&step=1')).toEqual([1, 2])
    expect(await part('mode=error')).toEqual([3, 4, 5])
    expect(await part('mode=error&step=1')).toEqual([1, 2])
    expect(await part('mode=search&text=error&context=0')).toEqual([2, 4])
    expect((await api.call('GET', `/api/jobs/${job.id}/log/excerpt?mode=search`)).status).toBe(400)
    expect((await api.call('GET', `/api/jobs/${job.id}/log/excerpt?mode=tail&tokens=1`)).status).toBe(400)
  })

  it('show a log that left the database, and say so when its blob is gone', async () => {
    const { db, blobs } = api.deps
    const { job } = await seedClaimedJob(db, seeded.project.id)
    const lines = [{ s: 1, t: 5, c: 'o' as const, x: 'one' }]
    const key = { jobId: job.id, attempt: job.attempt }
    await appendLogChunk(db, { ...key, fence: job.fence, firstLine: 1, lines })
    const ended = { status: 'completed' as const, conclusion: 'success' as const, log_complete: true }
    await db.updateTable('jobs').set(ended).where('id', '=', job.id).execute()
    expect(await storeJobLog({ db, blobs }, key)).toBe(true)
    const page = await get(`/api/jobs/${job.id}/log`, routes.getJobLog.response)
    expect(page).toMatchObject({ more: false, complete: true, lines: [{ n: 1, text: 'one' }] })
    const { blob_key } = await db
      .selectFrom('log_blobs')
      .select('blob_key')
      .where('job_id', '=', job.id)
      .executeTakeFirstOrThrow()
    await blobs.delete(blob_key)
    const answer = await api.call('GET', `/api/jobs/${job.id}/log`)
    expect(answer.status).toBe(500)
    expect(await problem(answer)).toMatchObject({ code: 'storage-damaged' })
  })
})

describe('hostile input', () => {
  it.each([
    ['GET', '/api/changes?limit=1000000', 400],
    ['GET', '/api/changes?limit=1&limit=2', 400],
    ['GET', '/api/changes?before=x', 400],
    ['GET', '/api/changes?project=%00', 404],
    ['GET', '/api/changes/not-a-uuid', 400],
    ['GET', "/api/projects/x'%3B%20drop%20table%20users", 404],
    ['GET', '/api/projects/%2e%2e%2f%2e%2e%2fetc', 404],
    ['GET', `/api/projects/${'x'.repeat(101)}`, 400],
    ['GET', '/api/projects/%zz', 400],
    ['GET', '/api/../../etc/passwd', 503],
    ['GET', '/api/jobs/01890000-0000-7000-8000-000000000000/log?after=-1', 400],
    ['GET', '/api/nothing', 404],
    ['PUT', '/api/projects', 405],
    ['POST', '/health', 405],
    ['PATCH', '/api/changes/01890000-0000-7000-8000-000000000000', 405],
  ])('%s %s answers %i with a problem', async (method, path, status) => {
    const answer = await api.call(method, path)
    expect(answer.status).toBe(status)
    expect((await problem(answer)).status).toBe(status)
    if (status === 405) expect(answer.headers.get('allow')).toBeTruthy()
  })

  it.each([
    ['not JSON', '{"goal":', 400],
    ['a poisoned prototype', '{"goal":"x","__proto__":{"mode":"plan"}}', 400],
    ['another type', '["goal"]', 400],
    ['NUL and half a surrogate', '{"goal":"\\u0000\\ud800"}', 409],
    ['too much', `{"goal":"${'x'.repeat(2_000_000)}"}`, 413],
  ])('a body that is %s', async (_name, body, status) => {
    api.flow.createChange = async () => {
      throw new Failure('refused', 'it came through')
    }
    const answer = await fetch(`${api.url}/api/projects/${seeded.project.slug}/changes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
      body,
    })
    expect(answer.status).toBe(status)
    await problem(answer)
  })

  it('a body of another media type', async () => {
    const answer = await api.call('POST', `/api/projects/${seeded.project.slug}/changes`, {
      body: {},
      headers: { 'content-type': 'text/plain' },
    })
    expect(answer.status).toBe(415)
    expect((await problem(answer)).code).toBe('unsupported-media-type')
  })
})

describe('the system', () => {
  it('shows workers with what their sandboxes enforce, and who is silent', async () => {
    const enforced = { enforced: true, how: 'cgroup' }
    const names = ['memory', 'pids', 'cpu', 'disk', 'network', 'ownUser', 'overlay']
    const capabilities = Object.fromEntries(names.map((name) => [name, enforced]))
    const sandbox = [{ provider: 'bubblewrap', available: true, ...capabilities }, { provider: 'future' }]
    const worker = { name: 'w', pid: 1, slots: 2, sandbox }
    await upsertWorker(api.deps.db, { id: newId(), ...worker, now: new Date() })
    await upsertWorker(api.deps.db, { id: newId(), ...worker, now: new Date(Date.now() - 60_000) })
    const system = await get('/api/system', routes.getSystem.response)
    expect(system.workers.map((row) => row.alive)).toEqual([true, false])
    expect(system.workers[0]?.sandbox.map((entry) => entry.provider)).toEqual(['bubblewrap'])
    expect(system).toMatchObject({
      databaseVersion: '15',
      ingressPort: 3001,
      dataDir: api.deps.config.dataDir,
    })
  })
})

describe('health', () => {
  it('says 503 in the same form when a part that matters is down or silent', async () => {
    const answer = await fetch(`${api.url}/health`)
    expect(answer.status).toBe(200)
    api.deps.probes.database = async () => {
      throw new Error('gone')
    }
    api.deps.probes.ingress = () => new Promise(() => {})
    const down = await fetch(`${api.url}/health`)
    expect(down.status).toBe(503)
    const body = routes.health.response.parse(await down.json())
    expect(body).toMatchObject({ status: 'down', database: { detail: 'gone' }, ingress: { status: 'down' } })
  })
})
