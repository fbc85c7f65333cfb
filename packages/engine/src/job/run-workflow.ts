import { Failure } from '@signalbox/core/base/failure.ts'
import { type JobState, planJobs, type SettledJob } from '@signalbox/core/plan/plan-jobs.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { Conclusion, JobDependencies, JobReporter, JobRequest, JobResult } from './port.ts'
import { runJob } from './run-job.ts'

/** A whole run on this machine: what all of its jobs share. */
export interface WorkflowRequest extends Omit<JobRequest, 'id' | 'jobKey' | 'needs'> {
  /** Names the sandboxes, with the number of the job added: `[a-z0-9-]{1,48}`. */
  id: string
  /** How many jobs run at once. */
  concurrency: number
}

/** Who hears of each job. */
export interface WorkflowReporter {
  /** Called when a job begins; answers who hears of its steps. */
  job(key: string): JobReporter
  /** Called when a job ended, also when it never ran. */
  jobCompleted(key: string, result: JobResult): Promise<void>
}

/** How a run ended, with each job's own result. */
export interface WorkflowResult {
  conclusion: Conclusion
  jobs: Record<string, JobResult>
}

/** Runs a workflow from its first job to its last, with no server. Aborting the signal cancels it. */
export async function runWorkflow(
  request: WorkflowRequest,
  dependencies: JobDependencies,
  reporter: WorkflowReporter,
  signal: AbortSignal,
): Promise<WorkflowResult> {
  const { workflow } = request
  const states: Record<string, JobState> = {}
  const results: Record<string, JobResult> = {}
  const running = new Map<string, Promise<void>>()
  const contexts = { github: request.github, inputs: request.inputs, vars: request.vars }
  const complete = async (key: string, result: JobResult) => {
    states[key] = { status: 'completed', conclusion: result.conclusion, outputs: result.outputs }
    results[key] = result
    await reporter.jobCompleted(key, result)
  }
  for (;;) {
    const plan = planJobs(workflow, states, { contexts, cancelled: signal.aborted })
    for (const settled of plan.settle) await complete(settled.key, resultOf(settled))
    if (plan.complete) return { conclusion: plan.conclusion ?? 'failure', jobs: results }
    for (const { key, needs } of plan.start) {
      if (running.size >= request.concurrency) break
      states[key] = { status: 'in_progress' }
      const job = { ...request, id: `${request.id}-${numberOf(workflow, key)}`, jobKey: key, needs }
      running.set(
        key,
        // What starts after a cancel is a job that asked to run then, by always() or cancelled().
        runOne(job, dependencies, reporter, signal.aborted ? new AbortController().signal : signal)
          .then((result) => complete(key, result))
          .finally(() => running.delete(key)),
      )
    }
    if (running.size === 0) throw new Failure('plan-stuck', 'no job can start and none runs')
    await Promise.race(running.values())
  }
}

async function runOne(
  request: JobRequest,
  dependencies: JobDependencies,
  reporter: WorkflowReporter,
  signal: AbortSignal,
): Promise<JobResult> {
  try {
    return await runJob(request, dependencies, reporter.job(request.jobKey), signal)
  } catch (error) {
    // No server tries it again elsewhere: what the machine could not do ends the job.
    const message = error instanceof Error ? error.message : String(error)
    return { conclusion: 'failure', outputs: {}, reason: message }
  }
}

function resultOf(settled: SettledJob): JobResult {
  return { conclusion: settled.conclusion, outputs: {}, reason: settled.reason }
}

function numberOf(workflow: Workflow, key: string): number {
  return workflow.jobs.findIndex((job) => job.key === key) + 1
}
