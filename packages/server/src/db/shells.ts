import { type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { ShellsTable } from './schema/snapshots.ts'

export type ShellRow = Selectable<ShellsTable>

/** Writes down who wants a shell in which state, with the hash of the ticket that opens it. */
export async function insertShell(
  db: Queryable,
  shell: {
    id: string
    jobId: string
    snapshotId: string
    userId: string
    ticketHash: Buffer
    now: Date
  },
): Promise<void> {
  await db
    .insertInto('shells')
    .values({
      id: shell.id,
      job_id: shell.jobId,
      snapshot_id: shell.snapshotId,
      user_id: shell.userId,
      ticket_hash: shell.ticketHash,
      created_at: shell.now,
    })
    .execute()
}

/** Takes a ticket that was made after `since`; it opens one shell and no other. */
export function takeTicket(
  db: Queryable,
  ticket: { hash: Buffer; since: Date; now: Date },
): Promise<ShellRow | undefined> {
  return db
    .updateTable('shells')
    .set({ ticket_hash: null, opened_at: ticket.now })
    .where('ticket_hash', '=', ticket.hash)
    .where('created_at', '>', ticket.since)
    .returningAll()
    .executeTakeFirst()
}

export type LastShell = ShellRow & { user_name: string | null; open: boolean }

/**
 * The newest shell that was opened in the state of a job, with the name of who opened it. It is open while it
 * holds its lease, which a worker that is gone loses.
 */
export async function lastShellOf(db: Queryable, jobId: string): Promise<LastShell | undefined> {
  const row = await db
    .selectFrom('shells')
    .leftJoin('users', 'users.id', 'shells.user_id')
    .selectAll('shells')
    .select('users.name as user_name')
    .select((is) =>
      is
        .exists(
          is
            .selectFrom('snapshot_leases')
            .select('holder')
            .where('snapshot_leases.holder', '=', sql<string>`'shell:' || shells.id`),
        )
        .as('leased'),
    )
    .where('shells.job_id', '=', jobId)
    .where('shells.opened_at', 'is not', null)
    .orderBy('shells.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { ...row, open: row.ended_at === null && Boolean(row.leased) }
}

/** After a restore: no shell of then runs, and no ticket opens one. */
export async function endAllShells(db: Queryable, now: Date): Promise<void> {
  await db
    .updateTable('shells')
    .set({ ticket_hash: null, ended_at: now, reason: 'A backup was restored.' })
    .where('ended_at', 'is', null)
    .execute()
}

/** A shell is over. */
export async function endShell(
  db: Queryable,
  end: { id: string; exitCode: number | null; reason: string | undefined; now: Date },
): Promise<void> {
  await db
    .updateTable('shells')
    .set({ ended_at: end.now, exit_code: end.exitCode, reason: end.reason ?? null })
    .where('id', '=', end.id)
    .where('ended_at', 'is', null)
    .execute()
}
