import { Failure } from '@signalbox/core/base/failure.ts'
import type { AuditEntry } from '@signalbox/core/contract/views/audit.ts'
import { type AuditFilter, type AuditRow, listAudit } from '../db/audit-log.ts'
import { findProject } from '../db/projects.ts'
import type { Handlers } from './handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type Asked = Parameters<Handlers['listAudit']>[0]['query']

/** The audit log, searched. */
export function auditHandlers(deps: ServerDeps): Pick<Handlers, 'listAudit'> {
  return {
    async listAudit({ query }) {
      const filter = await auditFilter(deps, query)
      const rows = await listAudit(deps.db, { ...filter, before: query.before, limit: query.limit + 1 })
      const items = rows.slice(0, query.limit).map(auditEntry)
      return { items, next: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null }
    },
  }
}

/** The filter of the log as the database takes it. */
export async function auditFilter(
  deps: ServerDeps,
  query: Omit<Asked, 'before' | 'limit'>,
): Promise<Omit<AuditFilter, 'before' | 'limit'>> {
  const project = query.project === undefined ? undefined : await findProject(deps.db, query.project)
  if (query.project !== undefined && !project) {
    throw new Failure('not-found', 'There is no such project.', {
      hint: 'The log of a project that was deleted is found by its id with the parameter q.',
    })
  }
  return {
    projectId: project?.id,
    userId: query.user,
    action: query.action,
    text: query.q,
    since: query.since === undefined ? undefined : new Date(query.since),
    until: query.until === undefined ? undefined : new Date(query.until),
  }
}

/** A row of the log as the contract shows it. */
export function auditEntry(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    at: row.at.toISOString(),
    user: { id: row.user_id, name: row.user_name },
    via: row.via,
    ip: row.ip,
    userAgent: row.user_agent,
    requestId: row.request_id,
    action: row.action,
    projectId: row.project_id,
    object: row.object_kind && row.object_id ? { kind: row.object_kind, id: row.object_id } : null,
    asked: row.asked,
    before: row.before,
    after: row.after,
    status: row.status,
    outcome: row.outcome,
  }
}
