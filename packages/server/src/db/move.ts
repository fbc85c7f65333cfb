import type { Transition } from '@signalbox/core/domain/status.ts'
import type { Transaction } from 'kysely'
import { appendEvent, type NewEvent } from '../events/append.ts'
import { inTransaction, type Queryable } from './connect.ts'
import type { Database } from './schema.ts'

/**
 * What came of a move. `missing`: no such row. `stale`: somebody wrote it since it was read; read again and
 * decide anew. `refused`: the state does not take this event; `reason` says so in words.
 */
export type Moved<Row> =
  | { ok: true; row: Row }
  | { ok: false; code: 'missing' | 'stale' | 'refused'; reason: string }

/** Further writes of the same transaction: they stand or fall with the move. */
export type Also<Row> = (tx: Transaction<Database>, row: Row) => Promise<void>

export type EventRefs = Omit<NewEvent, 'type' | 'data'>

/** How one kind of row is moved; the machines of state.ts fill this in. */
export interface Move<Row, State> {
  /** For words: `the change 0198…`. */
  what: string
  find(tx: Transaction<Database>): Promise<Row | undefined>
  /** A sentence when the row is not the one that the caller read. */
  stale(row: Row): string | undefined
  transition(row: Row): Transition<State>
  /** A precondition outside the row, asked before the write. */
  refuse?(tx: Transaction<Database>, row: Row, state: State): Promise<string | undefined>
  /** The compare-and-set: undefined when it found the row changed. */
  write(tx: Transaction<Database>, state: State, row: Row): Promise<Row | undefined>
  refs(tx: Transaction<Database>, row: Row): Promise<EventRefs>
  data(row: Row): Record<string, unknown>
  also?: Also<Row>
}

/**
 * The one way a state is written: read, decide, compare-and-set, what belongs to it, event; one transaction
 * (the caller's, when it has one: a move that is refused inside it leaves it usable).
 */
export async function move<Row, State>(db: Queryable, m: Move<Row, State>): Promise<Moved<Row>> {
  return inTransaction(db, async (tx) => {
    const before = await m.find(tx)
    if (before === undefined) return { ok: false, code: 'missing', reason: `${m.what} does not exist` }
    const stale = m.stale(before)
    if (stale !== undefined) return { ok: false, code: 'stale', reason: stale }
    const next = m.transition(before)
    if (!next.ok) return { ok: false, code: 'refused', reason: next.reason }
    const against = await m.refuse?.(tx, before, next.state)
    if (against !== undefined) return { ok: false, code: 'refused', reason: against }
    const row = await m.write(tx, next.state, before)
    if (row === undefined) {
      return { ok: false, code: 'stale', reason: `${m.what} was written by somebody else just now` }
    }
    await m.also?.(tx, row)
    await appendEvent(tx, { ...(await m.refs(tx, row)), type: next.event, data: m.data(row) })
    return { ok: true, row }
  })
}

/** The words for a fence that is not the row's. */
export function staleFence(what: string, read: number, now: number): string | undefined {
  return read === now ? undefined : `${what} was at write ${read} when it was read and is at ${now} now`
}
