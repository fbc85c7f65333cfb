import { defaultGroup, defaultLabels, type Machine } from '@signalbox/core/base/machine.ts'
import type { Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { WorkersTable } from './schema/system.ts'
import { storableJson } from './storable.ts'

export type WorkerRow = Selectable<WorkersTable>

/** What a worker is, as `runs-on` sees it. */
export function machineOf(worker: Pick<WorkerRow, 'labels' | 'runner_group'>): Machine {
  return { labels: worker.labels ?? defaultLabels('x64'), group: worker.runner_group || defaultGroup }
}

/** A worker that starts says who it is; `sandbox` is what its providers can enforce. */
export function upsertWorker(
  db: Queryable,
  worker: {
    id: string
    name: string
    pid: number
    slots: number
    sandbox: unknown[]
    store?: string
    shellSocket?: string
    machine?: { labels: string[]; group: string }
    now: Date
  },
): Promise<WorkerRow> {
  const columns = {
    name: worker.name,
    pid: worker.pid,
    slots: worker.slots,
    sandbox: storableJson(worker.sandbox),
    store: worker.store ?? null,
    shell_socket: worker.shellSocket ?? null,
    labels: worker.machine?.labels ?? null,
    runner_group: worker.machine?.group ?? 'Default',
    heartbeat_at: worker.now,
    stopped_at: null,
  }
  return db
    .insertInto('workers')
    .values({ id: worker.id, started_at: worker.now, ...columns })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** False when nobody knows the worker any more: it then says who it is again. */
export async function heartbeatWorker(
  db: Queryable,
  input: { id: string; now: Date; trouble?: string | null; stats?: Record<string, unknown> },
): Promise<boolean> {
  const { trouble = null, stats } = input
  const result = await db
    .updateTable('workers')
    .set({ heartbeat_at: input.now, trouble, ...(stats ? { stats: storableJson(stats) } : {}) })
    .where('id', '=', input.id)
    .where('stopped_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Workers that have not said that they stop, newest first. */
export function listWorkers(db: Queryable): Promise<WorkerRow[]> {
  return db
    .selectFrom('workers')
    .selectAll()
    .where('stopped_at', 'is', null)
    .orderBy('started_at', 'desc')
    .execute()
}

/** The worker stops in good order. */
export async function markWorkerStopped(db: Queryable, input: { id: string; now: Date }): Promise<void> {
  await db
    .updateTable('workers')
    .set({ stopped_at: input.now })
    .where('id', '=', input.id)
    .where('stopped_at', 'is', null)
    .execute()
}

/** Forgets workers that were last heard of before then; how many. */
export async function deleteSilentWorkers(db: Queryable, before: Date): Promise<number> {
  const result = await db.deleteFrom('workers').where('heartbeat_at', '<', before).executeTakeFirst()
  return Number(result.numDeletedRows)
}
