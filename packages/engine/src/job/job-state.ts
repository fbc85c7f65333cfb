import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import { legContexts } from '@signalbox/core/plan/leg-contexts.ts'
import type { Step, TemplateMap, WorkflowJob } from '@signalbox/core/workflow/model.ts'
import type { Sandbox, ServiceDoors } from '../sandbox/port.ts'
import type { RemoteRepository } from './actions/remote-actions.ts'
import type { PostStep } from './actions/run-post-steps.ts'
import { runnerContext, type Seen } from './job-env.ts'
import type { Masker } from './log/masker.ts'
import type { JobMatchers } from './log/matchers/job-matchers.ts'
import type { StepLog } from './log/step-log.ts'
import type { Conclusion, JobDependencies, JobReporter, JobRequest, Json } from './port.ts'
import type { FileHashes } from './steps/hash-files.ts'

/** What steps see of each other: those of the job, or those of one composite action. */
export interface Scope {
  steps: { [id: string]: { outputs: Record<string, string>; outcome: Conclusion; conclusion: Conclusion } }
  /** The steps themselves. */
  list: readonly Step[]
  inputs: { [key: string]: Json }
  secrets: Record<string, string>
  /** Folder of the action, absolute in the sandbox; undefined for the job itself. */
  actionPath?: string
  /** Of the repository around it: its scripts stand below. */
  root?: string
  /** The repository of the action when it is another one. */
  repository?: { name: string; ref: string }
  /** Actions around this one; 0 for the job itself. */
  depth: number
  /** How its own steps went so far. */
  status: 'success' | 'failure' | 'cancelled'
}

/** What a running job knows; its steps read and change it one after the other. */
export interface JobState {
  request: JobRequest
  dependencies: JobDependencies
  reporter: JobReporter
  /** Another one once the layer of an install was made. */
  sandbox: Sandbox
  /** Services that a sandbox of the job reaches. */
  doors: ServiceDoors | undefined
  /** `job.container` and `job.services`. */
  containers: { [key: string]: Json }
  /** When the set-up of the job was begun already; it is not completed yet. */
  setUpAt: number | undefined
  /** How long it took to be ready, with its layers. */
  createMs: number
  /** What a path inside is called by what runs there. */
  seen: Seen
  masker: Masker
  matchers: JobMatchers
  github: { [key: string]: Json }
  /** CI, GITHUB_* and RUNNER_*: stand above everything else. */
  fixedEnv: Record<string, string>
  /** For actions only: where the runtime's own services are, and the token for them. */
  actionEnv: Record<string, string>
  /** Workflow and job env, then what steps wrote to GITHUB_ENV. */
  env: Record<string, string>
  /** What steps wrote to GITHUB_PATH, the last one first. */
  path: string[]
  /** PATH of the sandbox, asked for once it is needed. */
  basePath: string | undefined
  scope: Scope
  hashes: FileHashes
  status: 'success' | 'failure' | 'cancelled'
  /** Why the job is not a success, in one sentence. */
  reason: string | undefined
  /** Repositories of actions that are in the sandbox, by reference. */
  remote: Map<string, RemoteRepository>
  /** What actions wrote to GITHUB_STATE, by the key of their step. */
  actionStates: Map<string, Record<string, string>>
  /** Post scripts of actions that began: last in, first out, after the last step. */
  posts: PostStep[]
  /** Last in, first out, after those. */
  atEnd: Array<() => Promise<void>>
  /** Scripts of steps to come that are on their way into the sandbox, by number. */
  writtenAhead: Map<string, Promise<void>>
  /** A step in the background sees the job as it was when it began. */
  inBackground?: true
  /** Whether nothing else of the job is at work beside the step. */
  alone(): boolean
  /** Logs of actions, which may write until the end of the job. */
  logs: StepLog[]
}

/** The contexts for expressions of a step; `env` is its own when it is known. */
export function contextsOf(state: JobState, env: Record<string, string> = state.env): Contexts {
  const { request, scope } = state
  return {
    github: scope.actionPath ? { ...state.github, ...actionContext(scope, state.seen) } : state.github,
    env,
    vars: request.vars,
    needs: needsContext(request),
    steps: Object.fromEntries(
      Object.entries(scope.steps).map(([id, step]) => [
        id,
        { outputs: step.outputs, outcome: plain(step.outcome), conclusion: plain(step.conclusion) },
      ]),
    ),
    inputs: scope.inputs,
    secrets: scope.secrets,
    job: { status: state.status, ...state.containers },
    runner: runnerContext(state.seen),
    ...legContexts(request.leg),
    hashFiles: state.hashes.answer,
  }
}

function actionContext({ actionPath = '', repository }: Scope, seen: Seen): { [key: string]: Json } {
  return {
    action_path: seen(actionPath),
    action_repository: repository?.name ?? '',
    action_ref: repository?.ref ?? '',
  }
}

/** The `needs` context. GitHub's contexts have no word for out of time: it is a failure. */
export function needsContext(request: Pick<JobRequest, 'needs'>): NonNullable<Contexts['needs']> {
  return Object.fromEntries(
    Object.entries(request.needs).map(([key, need]) => [
      key,
      { result: plain(need.result), outputs: need.outputs },
    ]),
  )
}

function plain(conclusion: Conclusion): string {
  return conclusion === 'timed_out' ? 'failure' : conclusion
}

/** Evaluates one level of env: its entries see the level below, never each other. */
export function evaluateMap(map: TemplateMap, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(map.map(({ key, value }) => [key, evaluateTemplate(value.source, contexts)]))
}

/** The job as it is written. */
export function jobOf({ request }: JobState): WorkflowJob | undefined {
  return request.workflow.jobs.find((candidate) => candidate.key === request.jobKey)
}
