import { newId } from '@signalbox/core/base/ids.ts'
import type { JobEvent } from '@signalbox/core/domain/job.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import type { TestDatabase } from '@signalbox/testing/postgres-template.ts'
import { jobsByRun } from '../../db/jobs.ts'
import { moveJob } from '../../db/state.ts'
import type { FlowDeps } from '../deps.ts'
import { startRun } from './start-run.ts'

type Send = (db: unknown, name: string, payload: { jobId?: string }) => Promise<void>

/** A run of a workflow that was just started, its messages going to `send`; and ways to move its jobs and see them. */
export async function startedRun(
  { db }: TestDatabase,
  options: { workflow: string; send: Send; called?: Record<string, string> },
) {
  const { project } = await seedProject(db)
  // Only what deciding on a run reaches is here.
  const forge = { head: async () => undefined }
  const clock = { now: () => new Date() }
  const deps = { db, clock, queue: { send: options.send }, forge } as unknown as FlowDeps
  const runId = await db.transaction().execute((tx) =>
    startRun(deps, tx, {
      projectId: project.id,
      changeId: null,
      kind: 'manual',
      name: 'a',
      workflow: {
        file: '.signalbox/workflows/a.yml',
        text: options.workflow,
        source: 'repository',
        called: options.called ?? {},
      },
      commit: '0'.repeat(40),
      ref: 'refs/heads/main',
      trusted: true,
      subject: {},
    }),
  )
  async function move(key: string, event: JobEvent, outputs?: Record<string, string>) {
    const job = (await jobsByRun(db, runId)).find((one) => one.key === key)
    if (!job) throw new Error(`no job ${key}`)
    const patch = outputs ? { outputs } : {}
    const moved = await moveJob(db, { id: job.id, fence: job.fence, event, now: new Date(), patch })
    if (!moved.ok) throw new Error(moved.reason)
    return moved.row
  }
  const states = async () =>
    (await jobsByRun(db, runId)).map((job) => `${job.key}: ${job.conclusion ?? job.status}`)
  return { deps, runId, move, states }
}

/** A worker of its own takes the job. */
export function claim(): JobEvent {
  return { type: 'claim', workerId: newId() }
}
