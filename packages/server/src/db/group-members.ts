import { type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { GroupMembersTable } from './schema/runs.ts'

export type GroupMemberRow = Selectable<GroupMembersTable>

/** A group of a project: its key is its name in one case. */
export interface GroupPlace {
  projectId: string
  key: string
}

const groupLock = 7_310_043

/** Whoever changes a group does so alone, until the transaction ends. */
export async function lockGroup(tx: Queryable, { projectId, key }: GroupPlace): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${projectId} ${key}`}, ${groupLock}))`.execute(
    tx,
  )
}

/** Those in a group in their order, without those that have ended: nobody need have said so. */
export async function groupMembers(
  tx: Queryable,
  place: GroupPlace,
): Promise<Array<GroupMemberRow & { trusted: boolean }>> {
  return await tx
    .selectFrom('group_members')
    .innerJoin('runs', 'runs.id', 'group_members.run_id')
    .leftJoin('jobs', 'jobs.id', 'group_members.job_id')
    .selectAll('group_members')
    .select('runs.trusted')
    .where('group_members.project_id', '=', place.projectId)
    .where('group_key', '=', place.key)
    .where('runs.status', '<>', 'completed')
    .where((is) => is.or([is('job_id', 'is', null), is('jobs.status', '<>', 'completed')]))
    .orderBy('group_members.id')
    .execute()
}

/** Takes out of a group all but these. */
export async function keepInGroup(tx: Queryable, place: GroupPlace, ids: number[]): Promise<void> {
  await tx
    .deleteFrom('group_members')
    .where('project_id', '=', place.projectId)
    .where('group_key', '=', place.key)
    .where('id', '<>', sql<number>`all(${ids}::bigint[])`)
    .execute()
}

/** Adds a run or one of its jobs behind the others. */
export async function addToGroup(
  tx: Queryable,
  member: GroupPlace & { name: string; runId: string; jobId: string | null; holds: boolean },
): Promise<void> {
  await tx
    .insertInto('group_members')
    .values({
      project_id: member.projectId,
      group_key: member.key,
      group_name: member.name,
      run_id: member.runId,
      job_id: member.jobId,
      holds: member.holds,
    })
    .execute()
}

/** The group goes to this member. */
export async function giveGroup(tx: Queryable, id: number): Promise<void> {
  await tx.updateTable('group_members').set({ holds: true }).where('id', '=', id).execute()
}

/** Where a run (no job), or a job of it, stands. */
export async function findGroupMember(
  db: Queryable,
  of: { runId: string; jobId: string | null },
): Promise<GroupMemberRow | undefined> {
  const query = db.selectFrom('group_members').selectAll()
  return await (of.jobId === null
    ? query.where('run_id', '=', of.runId).where('job_id', 'is', null)
    : query.where('job_id', '=', of.jobId)
  ).executeTakeFirst()
}

/** The groups that a run and its jobs are in. */
export async function groupsOfRun(db: Queryable, runId: string): Promise<GroupMemberRow[]> {
  return await db.selectFrom('group_members').selectAll().where('run_id', '=', runId).execute()
}

/** One in a group that this run or a job of it waits for, as people know it. */
export interface GroupWait {
  /** Of the one that waits; null: the run as a whole. */
  jobId: string | null
  group: string
  holds: boolean
  runId: string
  runNumber: number
  /** Of the one that is before it. */
  jobName: string | null
}

/** Everything that stands before the run and its jobs in groups that they wait for, in order. */
export async function groupWaits(db: Queryable, runId: string): Promise<GroupWait[]> {
  return await db
    .selectFrom('group_members as mine')
    .innerJoin('group_members as other', (join) =>
      join
        .onRef('other.project_id', '=', 'mine.project_id')
        .onRef('other.group_key', '=', 'mine.group_key')
        .on((is) => is.or([is('other.holds', '=', true), is('other.id', '<', is.ref('mine.id'))])),
    )
    .innerJoin('runs', 'runs.id', 'other.run_id')
    .leftJoin('jobs', 'jobs.id', 'other.job_id')
    .select([
      'mine.job_id as jobId',
      'mine.group_name as group',
      'other.holds as holds',
      'runs.id as runId',
      'runs.number as runNumber',
      'jobs.name as jobName',
    ])
    .where('mine.run_id', '=', runId)
    .where('mine.holds', '=', false)
    .where('runs.status', '<>', 'completed')
    .where((is) => is.or([is('other.job_id', 'is', null), is('jobs.status', '<>', 'completed')]))
    .whereRef('other.id', '<>', 'mine.id')
    .orderBy('other.holds', 'desc')
    .orderBy('other.id')
    .execute()
}
