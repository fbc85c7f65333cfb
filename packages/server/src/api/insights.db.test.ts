import { newId } from '@signalbox/core/base/ids.ts'
import { routes } from '@signalbox/core/contract/routes.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertJobs } from '../db/jobs.ts'
import { insertRun } from '../db/runs.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())

interface Past {
  projectId: string
  conclusion: 'success' | 'failure' | 'cancelled'
  seconds: number
  commit?: string
  daysAgo?: number
  reason?: string
}

/** A run of one job of one step that waited a second and took so long. */
async function pastRun({ projectId, conclusion, seconds, commit = 'a', daysAgo = 1, reason }: Past) {
  const at = Date.now() - daysAgo * 86_400_000
  const id = newId(at)
  await insertRun(api.deps.db, {
    id,
    project_id: projectId,
    change_id: null,
    kind: 'manual',
    name: 'Nightly',
    workflow_file: '.github/workflows/nightly.yml',
    workflow_text: '',
    workflow_source: 'repository',
    commit_id: commit.repeat(40),
    ref: 'refs/heads/main',
    trusted: true,
  })
  const [job] = await insertJobs(api.deps.db, [
    { id: newId(at), run_id: id, key: 'soak', name: 'soak', needs: [], position: 0 },
  ])
  const times = { started_at: new Date(at), completed_at: new Date(at + seconds * 1000) }
  const ended = { ...times, status: 'completed' as const, conclusion }
  await api.deps.db
    .updateTable('runs')
    .set({ ...ended, created_at: new Date(at - 1000) })
    .where('id', '=', id)
    .execute()
  await api.deps.db
    .updateTable('jobs')
    .set({ ...ended, attempt: 1 })
    .where('run_id', '=', id)
    .execute()
  const step = { job_id: job?.id ?? '', attempt: 1, number: 1, name: 'Run soak', outcome: conclusion }
  await api.deps.db
    .insertInto('steps')
    .values({ ...step, ...ended, kind: 'run', reason: reason ?? null })
    .execute()
  return id
}

async function insightsOf(query: string) {
  const answer = await api.call('GET', `/api/insights?${query}`)
  expect(answer.status).toBe(200)
  return routes.getInsights.response.parse(await answer.json())
}

describe('insights', () => {
  it('tell success rate, durations and queue time of what ended in these days', async () => {
    const { project } = await seedProject(api.deps.db)
    const past = (given: Omit<Past, 'projectId'>) => pastRun({ projectId: project.id, ...given })
    for (const seconds of [10, 20, 30]) await past({ conclusion: 'success', seconds })
    const failed = await past({ conclusion: 'failure', seconds: 100, commit: 'b', reason: 'exit code 1' })
    await past({ conclusion: 'cancelled', seconds: 5000 })
    await past({ conclusion: 'failure', seconds: 5000, daysAgo: 40 })
    const insights = await insightsOf(`project=${project.slug}`)
    expect(insights.workflows).toHaveLength(1)
    expect(insights.workflows[0]).toMatchObject({
      projectSlug: project.slug,
      kind: 'manual',
      name: 'Nightly',
      runs: 5,
      successful: 3,
      failed: 1,
      successRate: 0.75,
      meanMs: 40_000,
      medianMs: 25_000,
      queueMedianMs: 1000,
    })
    expect(insights.errors).toEqual([
      expect.objectContaining({
        jobKey: 'soak',
        step: 'Run soak',
        reason: 'exit code 1',
        count: 1,
        lastRunId: failed,
      }),
    ])
    expect(insights.flaky).toEqual([])
    expect((await insightsOf(`project=${project.slug}&days=90`)).workflows[0]?.failed).toBe(2)
    expect((await insightsOf('')).workflows.some((item) => item.projectSlug === project.slug)).toBe(true)
  })

  it('tell jobs that failed and succeeded on one commit from those that a commit mended', async () => {
    const { project } = await seedProject(api.deps.db)
    const past = (conclusion: 'success' | 'failure', commit: string) =>
      pastRun({ projectId: project.id, conclusion, seconds: 1, commit })
    await past('failure', 'a')
    await past('success', 'b')
    expect((await insightsOf(`project=${project.slug}`)).flaky).toEqual([])
    await past('success', 'a')
    expect((await insightsOf(`project=${project.slug}`)).flaky).toEqual([
      expect.objectContaining({ jobKey: 'soak', commits: 2, flakyCommits: 1 }),
    ])
  })

  it('are empty where nothing ran, and refuse days that are none', async () => {
    const { project } = await seedProject(api.deps.db)
    expect((await insightsOf(`project=${project.slug}`)).workflows).toEqual([])
    for (const days of ['0', '91', 'x']) {
      expect((await api.call('GET', `/api/insights?days=${days}`)).status).toBe(400)
    }
    expect((await api.call('GET', '/api/insights?project=nowhere')).status).toBe(404)
  })
})

describe('pipelines', () => {
  it('are runs in the words of the older API', async () => {
    const { project } = await seedProject(api.deps.db)
    const id = await pastRun({
      projectId: project.id,
      conclusion: 'failure',
      seconds: 2,
      reason: 'exit code 3',
    })
    for (const path of [`/api/pipelines/${id}/status`, `/api/phase2/pipelines/${id}`]) {
      const answer = await api.call('GET', path)
      expect(routes.getPipelineStatus.response.parse(await answer.json())).toMatchObject({
        id,
        pipeline_type: 'manual',
        status: 'failed',
        trigger_event: 'workflow_dispatch',
        branch_name: 'main',
        duration_ms: 2000,
        progress: { completed: 1, total: 1 },
        steps: [
          {
            step_name: 'Run soak',
            step_type: 'run',
            status: 'failed',
            retry_count: 0,
            error_message: 'exit code 3',
          },
        ],
      })
    }
    const listed = await api.call('GET', `/api/phase2/pipelines?project=${project.slug}`)
    expect(routes.listPipelines.response.parse(await listed.json()).items.map((item) => item.id)).toEqual([
      id,
    ])
    expect(await (await api.call('GET', `/api/phase2/pipelines/${id}/logs`)).json()).toEqual({
      lines: [],
      more: false,
    })
    api.flow.rerunRun = async () => ({ runId: id })
    const again = await api.call('POST', `/api/phase2/pipelines/${id}/execute`)
    expect([again.status, api.calls.at(-1)?.name]).toEqual([200, 'rerunRun'])
  })

  it('are made of a workflow by who may run it in that project, and a workflow of its commands', async () => {
    const { project } = await seedProject(api.deps.db)
    const body = { project: project.slug, workflow: 'ci.yml', inputs: { a: 'b' } }
    await api.call('POST', '/api/phase2/pipelines/create', { body })
    expect(api.calls.at(-1)).toMatchObject({
      name: 'createRun',
      input: { projectId: project.id, workflow: 'ci.yml', inputs: { a: 'b' } },
    })
    const nowhere = { ...body, project: 'nowhere' }
    expect((await api.call('POST', '/api/phase2/pipelines/create', { body: nowhere })).status).toBe(404)
    api.flow.validationWorkflow = async () => ({
      file: 'validate.yml',
      text: 'jobs: {}',
      source: 'generated',
      diagnostics: [],
    })
    const made = await api.call('POST', '/api/phase2/pipelines/generate-workflow', {
      body: { project: project.slug },
    })
    expect(routes.generatePipelineWorkflow.response.parse(await made.json()).workflow).toContain('jobs:')
  })
})
