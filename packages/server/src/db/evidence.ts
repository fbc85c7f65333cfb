import type { Insertable, Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { EvidenceTable } from './schema/changes.ts'

export type EvidenceRow = Selectable<EvidenceTable>

/** A run has one piece of evidence: asked again, nothing changes and false is returned. */
export async function insertEvidence(db: Queryable, evidence: Insertable<EvidenceTable>): Promise<boolean> {
  const result = await db
    .insertInto('evidence')
    .values(evidence)
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export function evidenceByRun(db: Queryable, runId: string): Promise<EvidenceRow | undefined> {
  return db.selectFrom('evidence').selectAll().where('run_id', '=', runId).executeTakeFirst()
}

/** The evidence of a change's runs, oldest first. */
export function evidenceByChange(db: Queryable, changeId: string): Promise<EvidenceRow[]> {
  return db.selectFrom('evidence').selectAll().where('change_id', '=', changeId).orderBy('run_id').execute()
}
