import { routes } from '@signalbox/core/contract/routes.ts'
import { ProjectRetentionView } from '@signalbox/core/contract/views/retention.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { previewRetention, runRetention } from '../flows/retention.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest({
    retention: {
      preview: (projectId) => previewRetention(api.deps, projectId),
      run: (projectId) => runRetention(api.deps, { projectId }),
    },
  })
})
afterAll(() => api.close())

async function projectWithOldRun() {
  const { project } = await seedProject(api.deps.db)
  const { run } = await seedClaimedJob(api.deps.db, project.id)
  const at = new Date(Date.now() - 100 * 86_400_000)
  const ended = { status: 'completed' as const, conclusion: 'success' as const, completed_at: at }
  await api.deps.db.updateTable('runs').set(ended).where('id', '=', run.id).execute()
  return { project, path: `/api/projects/${project.slug}/retention` }
}

it('lets a project say for how long its things are kept, shows what goes, and deletes that alone', async () => {
  const { project, path } = await projectWithOldRun()
  const other = await projectWithOldRun()
  const look = async (answer: Response) => {
    expect(answer.status).toBe(200)
    return ProjectRetentionView.parse(await answer.json())
  }
  expect(await look(await api.call('GET', path))).toMatchObject({
    settings: { changeDays: null, runDays: null, keepRuns: null, logDays: null },
    installation: { runDays: 365 },
    preview: { runs: 0 },
  })
  const set = (body: object) => api.call('PATCH', path, { body })
  await look(await set({ runDays: 30 }))
  // What is not named stays as it was.
  expect(await look(await set({ keepRuns: 0 }))).toMatchObject({
    settings: { runDays: 30, keepRuns: 0, logDays: null },
    preview: { runs: 1 },
  })
  expect(await look(await set({ runDays: null }))).toMatchObject({ preview: { runs: 0 } })
  expect((await set({ runDays: -1 })).status).toBe(400)
  expect((await set({ runDays: 30 })).status).toBe(200)
  expect(await (await api.call('POST', `${path}/run`)).json()).toMatchObject({ runs: 1, auditEntries: 0 })
  expect(await look(await api.call('GET', path))).toMatchObject({ preview: { runs: 0 } })
  await look(await api.call('GET', other.path))
  const left = await api.deps.db.selectFrom('runs').select('project_id').execute()
  expect(left).toEqual([{ project_id: other.project.id }])
  const answer = await api.call('GET', `/api/audit?project=${project.slug}&action=updateProjectRetention`)
  const rows = routes.listAudit.response.parse(await answer.json()).items
  expect(rows.at(-1)).toMatchObject({
    outcome: 'done',
    before: { 'retention.runDays': null },
    after: { 'retention.runDays': 30 },
  })
  expect((await api.call('GET', '/api/projects/none/retention')).status).toBe(404)
})
