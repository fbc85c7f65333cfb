import { Readable } from 'node:stream'
import { AuditFilter } from '@signalbox/core/contract/routes/audit.ts'
import type { AuditEntry } from '@signalbox/core/contract/views/audit.ts'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listAudit } from '../db/audit-log.ts'
import { auditEntry, auditFilter } from './audit-handlers.ts'
import { authorize } from './authorize.ts'
import type { ServerDeps } from './server-deps.ts'

const pageSize = 1000
const columns = [
  'id',
  'at',
  'user',
  'via',
  'ip',
  'action',
  'object',
  'status',
  'outcome',
  'asked',
  'before',
  'after',
]

/** `GET /api/audit/export`: every row that the filter finds, newest first, as JSON lines or CSV, page by page. */
export async function serveAuditExport(app: FastifyInstance, deps: ServerDeps): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'GET',
    url: '/api/audit/export',
    config: { permission: 'audit.read' },
    schema: {
      querystring: AuditFilter.extend({ format: z.enum(['jsonl', 'csv']).default('jsonl') }),
    },
    onRequest: authorize(deps, 'audit.read'),
    async handler(request, reply) {
      const { format, ...query } = request.query
      const filter = await auditFilter(deps, query)
      const day = deps.clock.now().toISOString().slice(0, 10)
      reply.header('cache-control', 'no-store')
      reply.header('content-disposition', `attachment; filename="signalbox-audit-${day}.${format}"`)
      reply.type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
      return reply.send(Readable.from(lines(format)))

      async function* lines(kind: 'jsonl' | 'csv'): AsyncGenerator<string> {
        if (kind === 'csv') yield `${columns.join(',')}\r\n`
        let before: number | undefined
        for (;;) {
          const rows = await listAudit(deps.db, { ...filter, before, limit: pageSize })
          const entries = rows.map(auditEntry)
          yield entries
            .map((entry) => (kind === 'csv' ? csvLine(entry) : `${JSON.stringify(entry)}\n`))
            .join('')
          if (rows.length < pageSize) return
          before = rows.at(-1)?.id
        }
      }
    },
  })
}

function csvLine(entry: AuditEntry): string {
  const object = entry.object ? `${entry.object.kind} ${entry.object.id}` : ''
  const { id, at, user, via, ip, action, status, outcome } = entry
  const json = [entry.asked, entry.before, entry.after].map((value) =>
    value === null ? '' : JSON.stringify(value),
  )
  const cells = [id, at, user.name, via, ip, action, object, status ?? '', outcome, ...json]
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** Quoted; what a spreadsheet would take for a formula is kept from being one. */
function csvCell(value: string | number): string {
  const text = String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}
