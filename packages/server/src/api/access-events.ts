import type { Transaction } from 'kysely'
import type { Database } from '../db/schema.ts'
import { appendEvent } from '../events/append.ts'
import { accessChanged } from './follow-events.ts'

/** Says in the same transaction that what somebody may has changed: their open connections end at once. */
export async function tellAccessChanged(
  tx: Transaction<Database>,
  input: { userId: string; projectId?: string },
): Promise<void> {
  const { userId, projectId } = input
  await appendEvent(tx, { type: accessChanged, data: { userId, ...(projectId ? { projectId } : {}) } })
}
