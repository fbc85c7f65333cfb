import { Failure } from '@signalbox/core/base/failure.ts'
import { lacks } from '@signalbox/core/base/machine.ts'
import type { JobResult } from '@signalbox/engine/job/port.ts'
import { runJob } from '@signalbox/engine/job/run-job.ts'
import type { Services } from '@signalbox/engine/services/services.ts'
import { findJob, heartbeatJob, lastEndOf, openJobs } from '../db/jobs.ts'
import { findProject } from '../db/projects.ts'
import { findRun } from '../db/runs.ts'
import { releaseLeases } from '../db/snapshots.ts'
import { moveJob } from '../db/state.ts'
import type { JobRow, RunRow } from '../db/state-of.ts'
import { listWorkers } from '../db/workers.ts'
import type { QueueName } from '../flows/queue.ts'
import { workerLostMs } from '../flows/reconcile.ts'
import { livingWorkers, sendJob } from '../flows/runs/send-job.ts'
import { logIds, withLogIds } from '../log/context.ts'
import { serverBuiltins } from './actions/builtins.ts'
import type { WorkerDeps } from './deps.ts'
import { diskSpace } from './disk-space.ts'
import { buildRequest } from './job-request.ts'
import { modelUpstreams } from './model-upstreams.ts'
import { openEgress } from './open-egress.ts'
import { createReporter, persist } from './reporter.ts'
import { jobServices } from './services/job-services.ts'
import { keepFailed } from './snapshots/keep-failed.ts'
import { thisMachine } from './this-machine.ts'

const heartbeatMs = 2000
/** A machine that fails again and again is no longer waited for; a database that is away is. */
const mostAttempts = 5

/** Jobs in hand, so that a cancel finds them; in hand from before the claim on. */
export type JobsInHand = Map<string, JobInHand>

/** What ends a job in hand, and what it is deaf to. */
export interface JobInHand {
  runId: string
  /** Cancels it: its `always()` steps still run. */
  abort: AbortController
  /** Ends these too. */
  force: AbortController
  /** It began because its run was cancelled: only force ends it. */
  despiteCancel: boolean
}

/** Tells a job in hand that its run is to end. */
export function cancelInHand(job: JobInHand, { force, reason }: { force: boolean; reason?: string }): void {
  const why = cancelFailure(reason ?? null, 'A person cancelled the run.')
  if (force) job.force.abort(why)
  if (force || !job.despiteCancel) job.abort.abort(why)
}

function cancelFailure(inFavour: string | null, otherwise: string): Failure {
  return inFavour === null ? new Failure('cancelled', otherwise) : new Failure('overtaken', inFavour)
}

/**
 * Takes one job: claims it, runs it, stores its end. A message for a job that is done, or in the hands of a
 * living worker, is dropped. When the job is lost to another worker, nothing more is written. What fails by
 * the machine, not by the workflow, is left in progress: `takeUpOwn` takes it up as a new attempt.
 */
export async function takeJob(
  deps: WorkerDeps,
  inHand: JobsInHand,
  jobId: string,
  stopping: AbortSignal,
): Promise<void> {
  if (inHand.has(jobId) || stopping.aborted) return
  const hand = {
    runId: '',
    abort: new AbortController(),
    force: new AbortController(),
    despiteCancel: false,
  }
  // Before anything is waited for: two messages at once would claim the job in turns, for ever.
  inHand.set(jobId, hand)
  try {
    // The job stays queued, and its run sends it again until there is room.
    if ((await diskSpace(deps.config)).low) return
    await withLogIds({ jobId }, () => take(deps, hand, jobId, stopping))
  } finally {
    inHand.delete(jobId)
  }
}

/**
 * Queues the jobs that this worker has claimed and does not hold: a claim whose answer was lost, an attempt
 * that the machine broke off.
 */
export async function takeUpOwn(deps: WorkerDeps, inHand: JobsInHand): Promise<void> {
  for (const job of await openJobs(deps.db)) {
    if (job.worker_id !== deps.workerId || job.status !== 'in_progress' || inHand.has(job.id)) continue
    await sendJob(deps, job, await livingWorkers(deps, deps.db))
  }
}

async function take(deps: WorkerDeps, hand: JobInHand, jobId: string, stopping: AbortSignal): Promise<void> {
  const row = await findJob(deps.db, jobId)
  // One that calls a workflow ends with the jobs of that workflow.
  if (!row || row.calls !== null || row.status === 'completed' || (await isAlive(deps, row))) return
  const run = await findRun(deps.db, row.run_id)
  if (!run) return
  if (isToEnd(run, row)) return await endLeft(deps, run, row)
  // Its run decides whether it runs after a cancel, and sends it again if so.
  if (run.cancel_requested && !row.despite_cancel) return
  // Its run looks for another worker when it decides again.
  if (row.runs_on && lacks(thisMachine(deps.config), row.runs_on) !== undefined) return
  const elsewhere = otherQueue(deps, run)
  if (elsewhere) return await deps.queue.send(deps.db, elsewhere, { jobId })
  const event = { type: 'claim', workerId: deps.workerId } as const
  const claimed = await moveJob(deps.db, { id: row.id, fence: row.fence, event, now: deps.clock.now() })
  if (!claimed.ok) return
  Object.assign(hand, { runId: run.id, despiteCancel: row.despite_cancel })
  const { deploymentId } = run.subject
  Object.assign(logIds(), {
    runId: run.id,
    ...(run.change_id ? { changeId: run.change_id } : {}),
    ...(typeof deploymentId === 'string' ? { deploymentId } : {}),
  })
  const beat = startHeartbeat(deps, claimed.row, hand)
  const since = performance.now()
  deps.metrics.claimed(run.kind, await waitOf(deps, claimed.row))
  let conclusion = 'left'
  try {
    const end = await execute(deps, run, claimed.row, hand, stopping)
    if (end) await storeEnd(deps, run, claimed.row, end)
    conclusion = end?.conclusion ?? conclusion
  } catch (error) {
    if (!(error instanceof Failure) || !isMachineFault(error, claimed.row)) throw error
    deps.log.warn({ jobId, code: error.code, attempt: claimed.row.attempt }, 'this attempt was left')
  } finally {
    clearInterval(beat)
    deps.metrics.ended(run.kind, conclusion, (performance.now() - since) / 1000)
  }
}

/** Seconds from when the job could begin, its needs done, to its claim; of the first attempt only. */
async function waitOf(deps: WorkerDeps, job: JobRow): Promise<number | undefined> {
  if (job.attempt !== 1 || !job.started_at) return undefined
  // A figure is no reason to lose a job: without an answer there is none.
  const done = job.needs.length > 0 ? await lastEndOf(deps.db, job).catch(() => undefined) : job.created_at
  return done ? (job.started_at.getTime() - done.getTime()) / 1000 : undefined
}

/** Where a job goes on that this worker does not take; undefined: it takes it. */
function otherQueue({ config }: WorkerDeps, run: RunRow): QueueName | undefined {
  // Releases and their sockets are on the server's machine.
  if (run.kind === 'deploy' && config.serverUrl !== undefined) return 'job-beside-server'
  return run.kind === 'agent' && !config.workerAgents ? 'job-with-agents' : undefined
}

/** Whether a job that nobody holds is over: its run is, or what it did was to stop when its worker was lost. */
function isToEnd(run: RunRow, job: JobRow): boolean {
  if (run.status === 'completed' || run.cancel_forced || job.cancel_requested) return true
  return run.cancel_requested && job.status === 'in_progress' && !job.despite_cancel
}

/** A job that nobody holds, of a run that is to end: nobody else would ever complete it. */
async function endLeft(deps: WorkerDeps, run: RunRow, job: JobRow): Promise<void> {
  await moveJob(deps.db, {
    id: job.id,
    fence: job.fence,
    event: { type: 'complete', conclusion: 'cancelled' },
    now: deps.clock.now(),
    patch: {
      reason:
        job.cancel_reason ??
        (job.cancel_requested ? 'Another job of the matrix failed.' : 'The run was cancelled.'),
      log_complete: true,
    },
    also: async (tx) => {
      await deps.queue.send(tx, 'advance-run', { runId: run.id })
    },
  })
}

/** In the hands of a worker that gave a sign of life lately; of this very worker only while it holds it. */
async function isAlive(deps: WorkerDeps, job: JobRow): Promise<boolean> {
  if (job.status !== 'in_progress' || job.worker_id === deps.workerId) return false
  const silentMs = deps.clock.now().getTime() - (job.heartbeat_at?.getTime() ?? 0)
  if (silentMs >= workerLostMs) return false
  // A worker that said that it stops, or was found dead, holds nothing any more.
  return (await listWorkers(deps.db)).some((worker) => worker.id === job.worker_id)
}

function startHeartbeat(deps: WorkerDeps, job: JobRow, hand: JobInHand): NodeJS.Timeout {
  return setInterval(() => {
    heartbeatJob(deps.db, { id: job.id, fence: job.fence, now: deps.clock.now() }).then(
      ({ current, cancelRequested, forced, reason }) => {
        if (forced) hand.force.abort()
        if (!current) hand.abort.abort(new Failure('job-lost', 'Another worker took this job over.'))
        else if (cancelRequested) hand.abort.abort(cancelFailure(reason, 'It was cancelled.'))
      },
      (error: unknown) => deps.log.warn({ err: error }, 'no heartbeat could be stored'),
    )
  }, heartbeatMs)
}

/** Neither the workflow's fault nor the end of the job: another attempt is worth it, here or elsewhere. */
function isMachineFault(error: unknown, job: JobRow): boolean {
  if (!(error instanceof Failure)) return false
  if (error.code === 'job-lost' || error.code === 'database-lost') return true
  return error.retryable && job.attempt < mostAttempts
}

/** What an agent or a stranger wrote never runs without isolation. */
function refuseUnsafe(deps: WorkerDeps, run: RunRow): void {
  if (!deps.provider.unsafe || run.trusted) return
  throw new Failure(
    'sandbox-unsafe',
    `This worker runs jobs without isolation (${deps.provider.name}, UNSAFE), and this run is not trusted.`,
    {
      hint: 'Take SIGNALBOX_SANDBOX=host away, so that it runs in a sandbox, or leave such runs to another worker.',
    },
  )
}

/** The result to store, or undefined when this worker stops and leaves the job to the next one. */
async function execute(
  deps: WorkerDeps,
  run: RunRow,
  job: JobRow,
  { abort, force }: JobInHand,
  stopping: AbortSignal,
): Promise<JobResult | undefined> {
  const reporter = createReporter(deps, job)
  const onStop = () => abort.abort(new Failure('worker-stopping', 'The worker stops.'))
  stopping.addEventListener('abort', onStop, { once: true })
  let egress: Awaited<ReturnType<typeof openEgress>> | undefined
  let services: Services | undefined
  try {
    const project = await findProject(deps.db, run.project_id)
    if (!project) throw new Failure('not-found', 'The project of this job was deleted.')
    refuseUnsafe(deps, run)
    services = await jobServices(deps, { project, run, job })
    const models = await modelUpstreams(deps, run, project)
    egress = await openEgress(deps, project, job, { models, services: services.handle })
    const request = await buildRequest(deps, { project, run, job, proxySocket: egress.socketPath })
    let fault: Failure | undefined
    const builtins = serverBuiltins(deps, run, job, (error) => {
      if (!(error instanceof Failure) || !isMachineFault(error, job)) return
      fault = error
      abort.abort(error)
    })
    const dependencies = {
      provider: deps.provider,
      builtins,
      services,
      actionSource: deps.actionSource,
      now: () => deps.clock.now().getTime(),
      ...(deps.containers && { containers: deps.containers }),
      onFailed: keepFailed(deps, { run, job, request }),
      force: force.signal,
    }
    const result = await runJob(request, dependencies, reporter, abort.signal)
    if (fault) throw fault
    await reporter.flush()
    if (result.conclusion === 'failure' && job.attempt < mostAttempts && (await diskSpace(deps.config)).low) {
      throw new Failure('disk-full', 'The disk is full: what failed for that is tried again.', {
        retryable: true,
      })
    }
    return stopping.aborted ? undefined : result
  } catch (error) {
    // What was reported before it broke is kept; when the reporter is what broke, this says so again.
    await reporter.flush().catch(() => {})
    if (stopping.aborted) return undefined
    if (isMachineFault(error, job)) throw error
    deps.log.error({ err: error, jobId: job.id }, 'the job could not be run')
    return { conclusion: 'failure', outputs: {}, reason: reasonOf(error) }
  } finally {
    stopping.removeEventListener('abort', onStop)
    await egress?.close()
    await services?.close()
    // What a lost database keeps here goes with the worker.
    await releaseLeases(deps.db, job.id).catch((error: unknown) =>
      deps.log.warn({ err: error, jobId: job.id }, 'the leases of a job stay for now'),
    )
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.hint ? `${error.message} ${error.hint}` : error.message
  return 'The worker met an error that it does not know; its log has the details.'
}

async function storeEnd(deps: WorkerDeps, run: RunRow, job: JobRow, end: JobResult): Promise<void> {
  const moved = await persist(deps, () =>
    moveJob(deps.db, {
      id: job.id,
      fence: job.fence,
      event: { type: 'complete', conclusion: end.conclusion },
      now: deps.clock.now(),
      patch: {
        outputs: end.outputs,
        reason: end.reason ?? null,
        log_complete: true,
        environment_url: end.environmentUrl ?? null,
      },
      also: async (tx) => {
        await deps.queue.send(tx, 'advance-run', { runId: run.id })
      },
    }),
  )
  if (!moved.ok && moved.code === 'stale') throw new Failure('job-lost', moved.reason)
}
