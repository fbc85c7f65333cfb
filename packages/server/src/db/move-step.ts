import { newStep, type StepEvent, transitionStep } from '@signalbox/core/domain/step.ts'
import { appendEvent } from '../events/append.ts'
import { inTransaction, type Queryable } from './connect.ts'
import { type Also, type Moved, staleFence } from './move.ts'
import { dateOf, type StepRow, stepStateOf } from './state-of.ts'
import { findStep, type StepFacts, upsertStep } from './steps.ts'

export interface MoveStepInput {
  jobId: string
  attempt: number
  /** Counts from 1 in the order of the job. */
  number: number
  /** The job's fence as its worker holds it. */
  fence: number
  /** Taken when the step has no row yet. */
  name: string
  event: StepEvent
  now: Date
  patch?: StepFacts
  data?: Record<string, unknown>
  also?: Also<StepRow>
}

/**
 * Moves a step by `transitionStep`; the first move of a step makes its row. Guarded by the job: `stale` when
 * the job's fence or attempt is another now. The same event twice is refused, which a retry may take for done.
 */
export async function moveStep(db: Queryable, input: MoveStepInput): Promise<Moved<StepRow>> {
  const what = `the job ${input.jobId}`
  return inTransaction(db, async (tx) => {
    // Shared: a later claim waits until this write is done, and this write waits for a claim under way.
    const job = await tx
      .selectFrom('jobs')
      .innerJoin('runs', 'runs.id', 'jobs.run_id')
      .select(['jobs.fence', 'jobs.attempt', 'jobs.run_id', 'runs.project_id', 'runs.change_id'])
      .where('jobs.id', '=', input.jobId)
      .forShare('jobs')
      .executeTakeFirst()
    if (!job) return { ok: false, code: 'missing', reason: `${what} does not exist` }
    const stale = staleFence(what, input.fence, job.fence) ?? staleAttempt(input.attempt, job.attempt)
    if (stale) return { ok: false, code: 'stale', reason: stale }
    const before = await findStep(tx, input)
    const next = transitionStep(before ? stepStateOf(before) : newStep, input.event, input.now.getTime())
    if (!next.ok) return { ok: false, code: 'refused', reason: next.reason }
    const row = await upsertStep(tx, {
      ...input.patch,
      job_id: input.jobId,
      attempt: input.attempt,
      number: input.number,
      name: before?.name ?? input.name,
      status: next.state.status,
      outcome: next.state.outcome,
      conclusion: next.state.conclusion,
      started_at: dateOf(next.state.startedAt),
      completed_at: dateOf(next.state.completedAt),
    })
    await input.also?.(tx, row)
    await appendEvent(tx, {
      type: next.event,
      projectId: job.project_id,
      changeId: job.change_id,
      runId: job.run_id,
      jobId: input.jobId,
      data: {
        attempt: row.attempt,
        number: row.number,
        name: row.name,
        status: row.status,
        conclusion: row.conclusion,
        ...input.data,
      },
    })
    return { ok: true, row }
  })
}

function staleAttempt(written: number, now: number): string | undefined {
  return written === now ? undefined : `attempt ${written} of the job is over: attempt ${now} is under way`
}
