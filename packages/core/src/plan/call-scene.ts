import { Failure } from '../base/failure.ts'
import type { Contexts } from '../expressions/contexts.ts'
import type { Workflow } from '../workflow/model.ts'
import { secretsOfCall } from './call-values.ts'
import type { CallPath, CallStep, JobState, LegState, NeedsOf, PlanOptions } from './job-state.ts'
import { legContexts } from './leg-contexts.ts'
import { needsOfJob } from './plan-jobs.ts'

/** A workflow of a run with what its jobs see: the run's own, or one that was called. */
export interface CallScene {
  workflow: Workflow
  states: Readonly<Record<string, JobState | undefined>>
  /** `inputs` are its own; the rest is the run's. */
  contexts: NonNullable<PlanOptions['contexts']>
  secrets: Record<string, string>
}

/** The scene of a job, from the run's own one; Failure `unknown-job` when nothing was called on the way. */
export function sceneAt(root: CallScene, calls: CallPath = []): CallScene {
  return calls.reduce((scene, step) => {
    const { workflow, states, contexts } = scene
    return enterCall(scene, step, needsOfJob(workflow, states, step.key, { contexts }))
  }, root)
}

/** The scene of what a job of this one called; `needs` are the calling job's. */
export function enterCall(scene: CallScene, step: CallStep, needed: NeedsOf): CallScene {
  const { workflow, states, contexts } = scene
  const job = workflow.jobs.find(({ key }) => key === step.key)
  const state = legOf(states[step.key], step)
  if (!job?.call?.workflow || !state?.call) {
    throw new Failure('unknown-job', `the job ${step.key} of ${workflow.file} has called no workflow`)
  }
  const legs = states[step.key]?.legs
  const place =
    step.leg === undefined || !legs
      ? undefined
      : {
          ...legs,
          combination: legs.states[step.leg]?.combination ?? {},
          index: step.leg,
          total: legs.states.length,
        }
  const seen: Contexts = { ...contexts, ...legContexts(place), needs: plain(needed) }
  return {
    workflow: job.call.workflow,
    states: state.call.jobs,
    contexts: { ...contexts, inputs: state.call.inputs },
    secrets: secretsOfCall(job.call, seen, scene.secrets),
  }
}

function legOf(state: JobState | undefined, { leg }: CallStep): LegState | undefined {
  return leg === undefined ? state : state?.legs?.states[leg]
}

/** GitHub has no word for a job out of time in this context: it failed. */
function plain(needs: NeedsOf): NonNullable<Contexts['needs']> {
  return Object.fromEntries(
    Object.entries(needs).map(([key, { result, outputs }]) => [
      key,
      { result: result === 'timed_out' ? 'failure' : result, outputs },
    ]),
  )
}
