import { sql } from 'kysely'
import type { Queryable } from './connect.ts'

/** What a doctor asks of the database in one statement; it changes nothing. */
export interface DoctorFacts {
  /** How far the clock of the database is ahead of ours. */
  clockAheadMs: number
  queuedLong: number
  aliveWorkers: number
}

/** Jobs count as stuck when they are queued for ten minutes. */
export async function readDoctorFacts(db: Queryable, nowMs: () => number): Promise<DoctorFacts> {
  const asked = nowMs()
  const { rows } = await sql<{ at: number; stuck: number; alive: number }>`
    select extract(epoch from clock_timestamp())::float * 1000 as at,
      (select count(*) from jobs where status = 'queued' and created_at < now() - interval '10 minutes') as stuck,
      (select count(*) from workers where stopped_at is null and slots > 0
        and heartbeat_at > now() - interval '30 seconds') as alive`.execute(db)
  const row = rows[0]
  const middle = (asked + nowMs()) / 2
  return {
    clockAheadMs: Math.round((row?.at ?? middle) - middle),
    queuedLong: row?.stuck ?? 0,
    aliveWorkers: row?.alive ?? 0,
  }
}
