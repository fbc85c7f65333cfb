import { Failure } from '@signalbox/core/base/failure.ts'
import { defaultTimezone, nextTime } from '@signalbox/core/events/next-time.ts'
import type { Queryable } from '../../db/connect.ts'
import { findProject } from '../../db/projects.ts'
import {
  dueSchedules,
  moveSchedule,
  replaceSchedules,
  type ScheduleRow,
  schedulesOfProject,
} from '../../db/schedules.ts'
import type { FlowDeps } from '../deps.ts'
import { type WorkflowAt, workflowsAt } from '../runs/workflows-at.ts'
import { announce } from './announce.ts'

/** What comes later than this, because no server ran, is not made up for. */
const graceMs = 15 * 60_000

/** More missed times than this are not counted. */
const mostMissed = 1000

/** Stores the schedules of a default branch's workflows; called with those of each commit that it moves to. */
export async function storeSchedules(
  deps: Pick<FlowDeps, 'clock'>,
  tx: Queryable,
  { projectId, workflows }: { projectId: string; workflows: WorkflowAt[] },
): Promise<void> {
  const now = deps.clock.now()
  const rows = workflows.flatMap(({ file, workflow }) =>
    (workflow?.on ?? [])
      .flatMap((trigger) => trigger.schedules ?? [])
      .map((schedule) => ({
        project_id: projectId,
        workflow_file: file,
        workflow_name: workflow?.name ?? file.split('/').pop() ?? file,
        cron: schedule.cron,
        timezone: schedule.timezone ?? defaultTimezone,
        next_at: nextTime(schedule, now) ?? null,
        last_at: null,
      })),
  )
  await replaceSchedules(tx, projectId, rows)
}

/** Reads the schedules of the default branch's head anew, as a person asks: those of an import wait for that. */
export async function readSchedules(deps: FlowDeps, projectId: string): Promise<ScheduleRow[]> {
  const project = await findProject(deps.db, projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const commit = await deps.forge.head(project.id, project.default_branch)
  const workflows = commit ? await workflowsAt(deps.forge, project.id, commit) : []
  await deps.db.transaction().execute((tx) => storeSchedules(deps, tx, { projectId, workflows }))
  return await schedulesOfProject(deps.db, projectId)
}

/** Starts what is due, once among all servers; times that came while none ran are counted and said, not made up for. */
export async function tickSchedules(deps: FlowDeps): Promise<void> {
  const now = deps.clock.now()
  for (const row of await dueSchedules(deps.db, now)) await tick(deps, row, now)
}

async function tick(deps: FlowDeps, row: ScheduleRow, now: Date): Promise<void> {
  const { project_id: projectId, next_at: due, cron, timezone, workflow_file: file } = row
  const project = await findProject(deps.db, projectId)
  const commit = project && (await deps.forge.head(projectId, project.default_branch))
  if (!project || !due) return
  const times = timesUntil(row, due, now)
  const latest = times.at(-1) ?? due
  const late = now.getTime() - latest.getTime() > graceMs
  const missed = late ? times.length : times.length - 1
  const last = late ? row.last_at : latest
  const next = nextTime(row, now, latest) ?? null
  await deps.db.transaction().execute(async (tx) => {
    const counted = row.missed + missed
    if (!(await moveSchedule(tx, row, { next_at: next, last_at: last, missed: counted }))) return
    if (missed > 0) {
      deps.log.warn(
        { projectId, file, cron, missed },
        'times of a schedule came while no server ran: not made up for',
      )
    }
    if (late || !commit) return
    await announce(deps, tx, {
      projectId,
      name: 'schedule',
      ref: `refs/heads/${project.default_branch}`,
      commit,
      trusted: true,
      payload: { schedule: cron, workflow: file },
      key: `schedule ${file} ${cron} ${timezone} ${latest.toISOString()}`,
    })
  })
}

/** The times of a schedule from the one that is due up to now, in order. */
function timesUntil(schedule: ScheduleRow, due: Date, now: Date): Date[] {
  const times = [due]
  for (let at = due; times.length < mostMissed; ) {
    const next = nextTime(schedule, at, at)
    if (!next || next > now) break
    times.push(next)
    at = next
  }
  return times
}
