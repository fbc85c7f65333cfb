import type { Insertable, Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { EgressRequestsTable } from './schema/runs.ts'

export type EgressRow = Selectable<EgressRequestsTable>

/** Records of requests through the proxy; the same record may be sent again. */
export async function insertEgress(
  db: Queryable,
  requests: Insertable<EgressRequestsTable>[],
): Promise<void> {
  if (requests.length === 0) return
  await db
    .insertInto('egress_requests')
    .values(requests)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** The requests of a job in their order, at most `limit`. */
export function listEgress(db: Queryable, where: { jobId: string; limit: number }): Promise<EgressRow[]> {
  return db
    .selectFrom('egress_requests')
    .selectAll()
    .where('job_id', '=', where.jobId)
    .orderBy('id')
    .limit(where.limit)
    .execute()
}
