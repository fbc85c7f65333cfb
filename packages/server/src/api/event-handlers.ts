import { z } from 'zod'
import { listOccurrences, type OccurrenceRow } from '../db/occurrences.ts'
import { type ScheduleRow, schedulesOfProject } from '../db/schedules.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type EventHandlers = Pick<Handlers, 'dispatchEvent' | 'listOccurrences' | 'listSchedules' | 'readSchedules'>

/** Handlers of what starts workflows by itself. */
export function eventHandlers(deps: ServerDeps): EventHandlers {
  return {
    async dispatchEvent({ params, body }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      const input = {
        projectId: project.id,
        type: body.event_type,
        payload: z.record(z.string(), z.json()).parse(body.client_payload),
      }
      return { id: (await deps.flows.dispatchEvent(input, actor)).occurrenceId }
    },
    async listOccurrences({ params, query }) {
      const project = await mustFindProject(deps, params.project)
      const rows = await listOccurrences(deps.db, { projectId: project.id, limit: query.limit })
      return { items: rows.map(occurrenceView) }
    },
    async listSchedules({ params }) {
      const project = await mustFindProject(deps, params.project)
      return { items: (await schedulesOfProject(deps.db, project.id)).map(scheduleView) }
    },
    async readSchedules({ params }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      await deps.flows.readSchedules({ projectId: project.id }, actor)
      return { items: (await schedulesOfProject(deps.db, project.id)).map(scheduleView) }
    },
  }
}

function occurrenceView(row: OccurrenceRow) {
  return {
    id: row.id,
    name: row.name,
    action: row.action,
    ref: row.ref,
    commit: row.commit_id,
    changeId: row.change_id,
    trusted: row.trusted,
    open: row.status === 'open',
    createdAt: row.created_at.toISOString(),
    verdicts: row.verdicts.map(({ file, name, runs, runId, by, reason }) => {
      return { file, name, runs, runId: runId ?? null, by: by ?? null, reason: reason ?? null }
    }),
  }
}

function scheduleView(row: ScheduleRow) {
  return {
    file: row.workflow_file,
    name: row.workflow_name,
    cron: row.cron,
    timezone: row.timezone,
    nextAt: row.next_at?.toISOString() ?? null,
    lastAt: row.last_at?.toISOString() ?? null,
    missed: row.missed,
  }
}
