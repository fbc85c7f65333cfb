import type { Queryable } from './connect.ts'

/** The branches of a project as they were last looked at, by name. */
export async function knownBranches(db: Queryable, projectId: string): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('branches')
    .select(['name', 'head_commit'])
    .where('project_id', '=', projectId)
    .execute()
  return new Map(rows.map((row) => [row.name, row.head_commit]))
}

/**
 * Writes down that a branch was looked at. Compare-and-set: false when it was not at `from` any more, and somebody
 * else looks at it. Undefined: it is not there.
 */
export async function noteBranch(
  db: Queryable,
  branch: { projectId: string; name: string; from: string | undefined; to: string | undefined },
): Promise<boolean> {
  const { projectId: project_id, name, from, to } = branch
  if (from === undefined && to !== undefined) {
    const made = await db
      .insertInto('branches')
      .values({ project_id, name, head_commit: to })
      .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
      .executeTakeFirst()
    return (made.numInsertedOrUpdatedRows ?? 0n) > 0n
  }
  if (from === undefined) return true
  if (to === undefined) {
    const gone = await db
      .deleteFrom('branches')
      .where('project_id', '=', project_id)
      .where('name', '=', name)
      .where('head_commit', '=', from)
      .executeTakeFirst()
    return gone.numDeletedRows > 0n
  }
  const moved = await db
    .updateTable('branches')
    .set({ head_commit: to })
    .where('project_id', '=', project_id)
    .where('name', '=', name)
    .where('head_commit', '=', from)
    .executeTakeFirst()
  return moved.numUpdatedRows > 0n
}

/** Writes a project's branches down for the first time: those that it came with open no changes. */
export async function learnBranches(
  db: Queryable,
  { projectId, branches }: { projectId: string; branches: Map<string, string> },
): Promise<void> {
  const rows = [...branches].map(([name, head_commit]) => ({ project_id: projectId, name, head_commit }))
  for (let n = 0; n < rows.length; n += 1000) {
    await db
      .insertInto('branches')
      .values(rows.slice(n, n + 1000))
      .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
      .execute()
  }
  await db.updateTable('projects').set({ branches_known: true }).where('id', '=', projectId).execute()
}
