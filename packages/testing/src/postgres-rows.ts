import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { insertChange } from '@signalbox/server/db/changes.ts'
import type { Queryable } from '@signalbox/server/db/connect.ts'
import { insertEnvironment } from '@signalbox/server/db/environments.ts'
import { insertJobs } from '@signalbox/server/db/jobs.ts'
import { insertProject } from '@signalbox/server/db/projects.ts'
import { insertRun } from '@signalbox/server/db/runs.ts'
import { moveJob } from '@signalbox/server/db/state.ts'

/** A project with one environment and one change that is being worked on. */
export async function seedProject(db: Queryable) {
  const slug = `project-${newId().slice(-12)}`
  const project = await insertProject(db, {
    id: newId(),
    slug,
    name: 'A project',
    default_branch: 'main',
    settings: ProjectSettings.parse({}),
  })
  if (!project) throw new Error('the slug of a test was taken')
  const environment = await insertEnvironment(db, {
    id: newId(),
    project_id: project.id,
    name: 'production',
    host: `${slug}.localhost`,
  })
  if (!environment) throw new Error('the host of a test was taken')
  const change = await insertChange(db, {
    id: newId(),
    project_id: project.id,
    title: 'A goal',
    goal: 'Do it.',
    mode: 'auto',
    created_by: null,
    now: new Date(),
  })
  return { project, environment, change }
}

/** A run of the project with one job, claimed by a worker: `job.fence` is the worker's. */
export async function seedClaimedJob(db: Queryable, projectId: string, changeId: string | null = null) {
  const run = await insertRun(db, {
    id: newId(),
    project_id: projectId,
    change_id: changeId,
    kind: 'validation',
    name: 'validate',
    workflow_file: '.signalbox/workflows/validate.yml',
    workflow_text: 'jobs: {}',
    workflow_source: 'generated',
    commit_id: 'a'.repeat(40),
    ref: 'refs/heads/main',
    trusted: true,
  })
  const [queued] = await insertJobs(db, [
    { id: newId(), run_id: run.id, key: 'validate', name: 'validate', needs: [], position: 0 },
  ])
  if (!queued) throw new Error('no job was made')
  const claimed = await moveJob(db, {
    id: queued.id,
    fence: queued.fence,
    event: { type: 'claim', workerId: newId() },
    now: new Date(),
  })
  if (!claimed.ok) throw new Error(claimed.reason)
  return { run, job: claimed.row }
}
