import { createHash } from 'node:crypto'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Conclusion } from '@signalbox/core/domain/status.ts'
import { excerptOf } from '@signalbox/core/gates/evidence.ts'
import { upsertCheck } from '../../db/checks.ts'
import { evidenceByRun, insertEvidence } from '../../db/evidence.ts'
import { jobsByRun } from '../../db/jobs.ts'
import type { PullRequestRow } from '../../db/pull-requests.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import { stepsByJobAttempt } from '../../db/steps.ts'
import { readLastLines } from '../../job-log/read-job-log.ts'
import type { ChangeScene } from './change-scene.ts'

const linesRead = 2000

export interface Evidence {
  fingerprint: string
  summary: string
  excerpt: string
}

/** Stores the checks and the evidence of a completed validation, once, and returns the evidence. */
export async function keepEvidence(
  scene: ChangeScene,
  pullRequest: PullRequestRow,
  run: RunRow,
): Promise<Evidence> {
  const { db } = scene.deps
  const jobs = await jobsByRun(db, run.id)
  const kept = await evidenceByRun(db, run.id)
  if (kept) return { fingerprint: kept.fingerprint ?? '', summary: kept.summary, excerpt: kept.excerpt }
  const found = await examine(scene, run, jobs)
  await db.transaction().execute(async (tx) => {
    await insertEvidence(tx, {
      run_id: run.id,
      change_id: scene.change.id,
      conclusion: run.conclusion ?? 'failure',
      fingerprint: found.fingerprint || null,
      summary: found.summary,
      failing_step: found.step,
      exit_code: found.exitCode,
      excerpt: found.excerpt,
    })
    const check = { pull_request_id: pullRequest.id, commit_id: run.commit_id, run_id: run.id }
    await upsertCheck(tx, {
      ...check,
      name: 'validate',
      conclusion: run.conclusion ?? 'failure',
      summary: found.summary,
    })
    for (const job of jobs.filter((candidate) => candidate.key !== 'validate')) {
      const conclusion: Conclusion = job.conclusion ?? 'failure'
      const summary = job.reason ?? `The job ${job.name} ended as ${conclusion}.`
      await upsertCheck(tx, { ...check, name: job.key, conclusion, summary })
    }
  })
  return found
}

async function examine(scene: ChangeScene, run: RunRow, jobs: JobRow[]) {
  if (run.conclusion === 'success') {
    const seconds =
      run.started_at && run.completed_at ? (run.completed_at.getTime() - run.started_at.getTime()) / 1000 : 0
    const summary = `Everything passed in ${seconds.toFixed(1)} s.`
    return { summary, excerpt: '', fingerprint: '', step: null, exitCode: null }
  }
  const bad = jobs.filter(
    (j) => j.status === 'completed' && j.conclusion !== 'success' && j.conclusion !== 'skipped',
  )
  // A job that calls a workflow failed because of one inside, which has the log.
  const job = bad.find((j) => j.calls === null) ?? bad[0]
  const steps = job ? await stepsByJobAttempt(scene.deps.db, job.id, job.attempt) : []
  const step = steps.find((s) => s.conclusion === 'failure' || s.conclusion === 'timed_out')
  const lines =
    job && step
      ? await linesOf(scene, { jobId: job.id, attempt: job.attempt, step: step.number, limit: linesRead })
      : []
  const excerpt = excerptOf({
    job: job?.key ?? 'run',
    step: step?.name ?? job?.name ?? run.name,
    exitCode: step?.exit_code ?? null,
    reason: step?.reason ?? job?.reason ?? run.reason,
    lines,
  })
  return {
    summary: excerpt.summary,
    excerpt: excerpt.text,
    fingerprint: createHash('sha256').update(excerpt.fingerprintSource).digest('hex'),
    step: step?.name ?? null,
    exitCode: step?.exit_code ?? null,
  }
}

/** A log that is damaged must not hold up its change for ever: then the evidence says that. */
async function linesOf(scene: ChangeScene, where: Parameters<typeof readLastLines>[1]): Promise<string[]> {
  try {
    return await readLastLines(scene.deps, where)
  } catch (error) {
    if (error instanceof Failure && error.code === 'storage-damaged') return [error.message]
    throw error
  }
}
