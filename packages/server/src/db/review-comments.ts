import { type Insertable, type Selectable, sql } from 'kysely'
import { appendEvent } from '../events/append.ts'
import { inTransaction, type Queryable } from './connect.ts'
import type { ReviewCommentsTable } from './schema/comments.ts'

/** A comment with its author's name; null when the account is gone. */
export type ReviewCommentRow = Selectable<ReviewCommentsTable> & { author_name: string | null }

/** More comments than this no change may have. */
export const maxComments = 500

type NewComment = Omit<Insertable<ReviewCommentsTable>, 'state' | 'sent_at' | 'created_at' | 'updated_at'>

/** Adds a comment and tells its viewers; false when the change has as many as it may. */
export function insertComment(db: Queryable, comment: NewComment, projectId: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    // Without the lock two writers would both count one less than there are.
    await sql`select 1 from changes where id = ${comment.change_id} for no key update`.execute(tx)
    const { count } = await tx
      .selectFrom('review_comments')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('change_id', '=', comment.change_id)
      .executeTakeFirstOrThrow()
    if (Number(count) >= maxComments) return false
    await tx.insertInto('review_comments').values(comment).execute()
    await appendEvent(tx, { type: 'comment.added', projectId, changeId: comment.change_id })
    return true
  })
}

function withAuthors(db: Queryable) {
  return db
    .selectFrom('review_comments')
    .leftJoin('users', 'users.id', 'review_comments.author_id')
    .selectAll('review_comments')
    .select('users.name as author_name')
}

/** The comments of a change, oldest first. */
export function commentsByChange(db: Queryable, changeId: string): Promise<ReviewCommentRow[]> {
  return withAuthors(db)
    .where('review_comments.change_id', '=', changeId)
    .orderBy('review_comments.id')
    .execute()
}

export function findComment(
  db: Queryable,
  where: { id: string; changeId: string },
): Promise<ReviewCommentRow | undefined> {
  return withAuthors(db)
    .where('review_comments.id', '=', where.id)
    .where('review_comments.change_id', '=', where.changeId)
    .executeTakeFirst()
}

interface Told {
  id: string
  changeId: string
  projectId: string
  now: Date
}

/** Rewords a comment that is still open; false when it is not. */
export function rewordComment(db: Queryable, input: Told & { body: string }): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('review_comments')
      .set({ body: input.body, updated_at: input.now })
      .where('id', '=', input.id)
      .where('state', '=', 'open')
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    await appendEvent(tx, { type: 'comment.reworded', projectId: input.projectId, changeId: input.changeId })
    return true
  })
}

/** Resolves a comment, or takes that back: it is then sent or open, as it was. */
export function resolveComment(db: Queryable, input: Told & { resolved: boolean }): Promise<void> {
  return inTransaction(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('review_comments')
      .set({
        state: input.resolved ? 'resolved' : sql`case when sent_at is null then 'open' else 'sent' end`,
        updated_at: input.now,
      })
      .where('id', '=', input.id)
      .where('state', input.resolved ? '<>' : '=', 'resolved')
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return
    const type = input.resolved ? 'comment.resolved' : 'comment.reopened'
    await appendEvent(tx, { type, projectId: input.projectId, changeId: input.changeId })
  })
}

/** Deletes a comment that was never sent; false when it was, or is gone. */
export function deleteComment(db: Queryable, input: Omit<Told, 'now'>): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('review_comments')
      .where('id', '=', input.id)
      .where('sent_at', 'is', null)
      .executeTakeFirst()
    if (numDeletedRows === 0n) return false
    await appendEvent(tx, { type: 'comment.deleted', projectId: input.projectId, changeId: input.changeId })
    return true
  })
}

/** Those of the comments that were open and are sent now; the caller's transaction says what was sent. */
export async function markCommentsSent(
  db: Queryable,
  input: { ids: string[]; changeId: string; projectId: string; now: Date },
): Promise<string[]> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .updateTable('review_comments')
      .set({ state: 'sent', sent_at: input.now, updated_at: input.now })
      .where('id', '=', sql<string>`any(${input.ids}::uuid[])`)
      .where('change_id', '=', input.changeId)
      .where('state', '=', 'open')
      .returning('id')
      .execute()
    await appendEvent(tx, { type: 'comment.sent', projectId: input.projectId, changeId: input.changeId })
    return rows.map((row) => row.id)
  })
}
