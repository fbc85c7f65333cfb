import { z } from 'zod'
import { AuditEntry } from '../views/audit.ts'
import { limit, type Route } from './route.ts'

export const AuditFilter = z.object({
  /** A project by slug or id. */
  project: z.string().min(1).max(100).optional(),
  user: z.uuid().optional(),
  action: z.string().min(1).max(100).optional(),
  /** A part of the action, the person, the object, the address or what was written. */
  q: z.string().trim().min(1).max(200).optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
})

export const auditRoutes = {
  listAudit: {
    method: 'GET',
    path: '/api/audit',
    permission: 'audit.read',
    tag: 'audit',
    summary:
      'Every write: who, what, from where, before and after; newest first. GET /api/audit/export?format=csv|jsonl sends all that it finds.',
    query: AuditFilter.extend({ before: z.coerce.number().int().min(1).optional(), limit }),
    response: z.object({ items: z.array(AuditEntry), next: z.int().nullable() }),
  },
} as const satisfies Record<string, Route>
