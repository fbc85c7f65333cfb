import { access } from 'node:fs/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ShellState } from '@signalbox/core/contract/views/snapshots.ts'
import { findJob } from '../db/jobs.ts'
import { type LastShell, lastShellOf } from '../db/shells.ts'
import { failedStateOf, type SnapshotRow } from '../db/snapshots.ts'
import { stepsByJobAttempt } from '../db/steps.ts'
import { listWorkers, type WorkerRow } from '../db/workers.ts'
import type { ServerDeps } from './server-deps.ts'

const hourMs = 3_600_000
const silentMs = 30_000

/** The kept state of a job and the door of the worker that has it. */
export interface ShellTarget {
  state: SnapshotRow
  socketPath: string
}

/**
 * Where a shell for this job is opened. Failures `not-found`, `no-state` (it did not fail, or nothing was kept),
 * `state-evicted`, `worker-unreachable` (nobody who has the state runs, or not on this machine).
 */
export async function shellTarget(deps: ServerDeps, jobId: string): Promise<ShellTarget> {
  const job = await findJob(deps.db, jobId)
  if (!job) throw new Failure('not-found', 'There is no such job.')
  const state = await failedStateOf(deps.db, jobId)
  if (!state) throw noState(job, deps)
  const workers = (await listWorkers(deps.db)).filter((worker) => worker.store === state.store)
  const alive = workers.filter((worker) => isAlive(worker, deps.clock.now()) && worker.shell_socket)
  if (alive.length === 0) {
    throw new Failure('worker-unreachable', 'No worker runs that has the state of this job.', {
      hint: 'The state lies on the machine that ran the job: start its worker again.',
    })
  }
  for (const { shell_socket: socketPath } of alive) {
    if (socketPath && (await isReachable(socketPath))) return { state, socketPath }
  }
  const names = alive.map((worker) => worker.name).join(', ')
  throw new Failure('worker-unreachable', `The state of this job lies on another machine (${names}).`, {
    hint: 'Shells work where server and worker share a machine; across machines they are not built.',
  })
}

function noState(job: NonNullable<Awaited<ReturnType<typeof findJob>>>, deps: ServerDeps): Failure {
  if (job.status !== 'completed') return new Failure('no-state', 'The job has not ended yet.')
  if (job.conclusion !== 'failure' && job.conclusion !== 'timed_out') {
    return new Failure('no-state', 'No step of this job failed, so nothing was kept.')
  }
  const hours = deps.config.snapshots.failedHours
  const ended = job.completed_at?.getTime() ?? 0
  if (deps.clock.now().getTime() - ended > hours * hourMs) {
    return new Failure(
      'state-evicted',
      `States of failed jobs are kept for ${hours} hours; this one is older.`,
      {
        hint: 'Run it again: a new failure keeps a new state.',
      },
    )
  }
  return new Failure('no-state', 'The state of this job was not kept, or was deleted to make room.', {
    hint: 'Nothing is kept of jobs that had secrets, nor when the workspace was gone when the job failed.',
  })
}

function isAlive(worker: WorkerRow, now: Date): boolean {
  return now.getTime() - worker.heartbeat_at.getTime() < silentMs
}

async function isReachable(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

/** The same as an answer: whether a shell can be opened, why not, and how the last one ended. */
export async function shellState(
  deps: ServerDeps,
  jobId: string,
  userId: string | undefined,
): Promise<ShellState> {
  const [step, shell] = await Promise.all([failedStep(deps, jobId), lastShellOf(deps.db, jobId)])
  const last = shell ? lastShell(shell, userId) : null
  const nothing = { step, last, sizeBytes: null, keptUntil: null }
  try {
    const { state } = await shellTarget(deps, jobId)
    const keptUntil = new Date(state.last_used_at.getTime() + deps.config.snapshots.failedHours * hourMs)
    const { size_bytes: sizeBytes } = state
    const kept = { sizeBytes, keptUntil: keptUntil.toISOString() }
    return { available: true, reason: null, hint: null, step, last, ...kept }
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'not-found') throw error
    return { available: false, reason: error.message, hint: error.hint ?? null, ...nothing }
  }
}

function lastShell(shell: LastShell, userId: string | undefined): ShellState['last'] {
  return {
    openedBy: shell.user_name,
    mine: shell.user_id !== null && shell.user_id === userId,
    openedAt: (shell.opened_at ?? shell.created_at).toISOString(),
    open: shell.open,
    endedAt: shell.ended_at?.toISOString() ?? null,
    exitCode: shell.exit_code,
    reason: shell.reason,
  }
}

async function failedStep(deps: ServerDeps, jobId: string): Promise<string | null> {
  const job = await findJob(deps.db, jobId)
  const steps = job ? await stepsByJobAttempt(deps.db, job.id, job.attempt) : []
  const failed = steps.find(({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out')
  return failed?.name ?? null
}
