import type { Machine } from '@signalbox/core/base/machine.ts'
import type { ActionPolicy } from '@signalbox/core/workflow/action-policy.ts'
import type { ActionsLock } from '@signalbox/core/workflow/actions-lock.ts'
import type { TaskStep, Workflow } from '@signalbox/core/workflow/model.ts'
import type { ActionSource } from '../action-source/port.ts'
import type { ContainerEngine } from '../sandbox/container-port.ts'
import type { Limits, NetworkMode, Sandbox, SandboxProvider } from '../sandbox/port.ts'
import type { Annotation } from './log/annotations.ts'
import type { InstallPlan } from './steps/install-plan.ts'

/** Words of design.md: a conclusion exists only when something is completed. */
export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped' | 'timed_out'

/** One line of a log. `at` is milliseconds since the epoch; `text` has no line end and is masked. */
export interface LogLine {
  at: number
  stream: 'stdout' | 'stderr' | 'system'
  text: string
}

/** A value of an expression's context: plain JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Where `actions/checkout` finds the tree: an object store on this machine and a commit in it. */
export interface CheckoutSource {
  /** A bare repository, or the `.git` of a checkout. Never handed into the sandbox. */
  gitDir: string
  commit: string
  /** `refs/heads/main`, or empty when detached. */
  ref: string
  /** Branches and tags of the repository, whose objects are in `gitDir` once it answers; undefined: none but `ref`. */
  refs?(): Promise<SourceRef[]>
}

/** A branch or tag: `refs/heads/main`, `refs/tags/v1`. */
export interface SourceRef {
  name: string
  /** Of an annotated tag the tag itself. */
  object: string
  commit: string
}

/** Which leg of a job's matrix an execution is. */
export interface Leg {
  /** The `matrix` context. */
  combination: { [key: string]: Json }
  /** From 0. */
  index: number
  total: number
  failFast: boolean
  maxParallel?: number
}

/** One execution of one job of a workflow. */
export interface JobRequest {
  /** Names the sandbox: `[a-z0-9-]{1,64}`, another one for each attempt. */
  id: string
  ownerId: string
  workflow: Workflow
  jobKey: string
  /** Undefined for a job without a matrix. */
  leg?: Leg
  /** The `github` context; `github.token` must not be in it. */
  github: { [key: string]: Json }
  /** For each needed job, its result and outputs. */
  needs: Record<string, { result: Conclusion; outputs: Record<string, string> }>
  inputs: { [key: string]: Json }
  vars: Record<string, string>
  /** Masked wherever they appear; reachable as `secrets.X` only. */
  secrets: Record<string, string>
  checkout: CheckoutSource
  limits: Limits
  network: NetworkMode
  /** The job has `permissions: id-token: write`: its actions may ask who they are. */
  idToken?: boolean
  /** What this machine is, when `runs-on` was not looked at before; undefined: whoever chose it did. */
  machine?: Machine
  /** Layers under the workspace, lowest first. */
  layers: string[]
  /** What the layers brought, relative to the workspace: it stays, also where git does not know it. */
  layerPaths?: readonly string[]
  install?: InstallPlan
  /** Seen read-only at /opt/tools: programs that the host's `/usr` does not have. */
  toolsFolder?: string
  /** Which actions of other repositories may be used, and at which commits; without it any. */
  actions?: { policy?: ActionPolicy; lock?: ActionsLock }
  /** Added to the sandbox's environment before the workflow's own. */
  env: Record<string, string>
  defaultTimeoutMs: number
}

/** A command, or an action; a step that waits for others or ends one has none. */
export type StepKind = TaskStep['kind']

/**
 * What becomes of a step, as it happens. Each call is awaited and resolves when it is stored, or taken into a
 * bounded buffer whose order it keeps; whoever makes the reporter makes sure of the rest before the job ends.
 */
export interface JobReporter {
  stepStarted(step: { number: number; name: string; kind?: StepKind }): Promise<void>
  /** Lines in order for one step; resolves when they are safe or buffered by the reporter. */
  log(stepNumber: number, lines: LogLine[]): Promise<void>
  /** Masked; at most 50 for a step. A reporter without it has the line in the log. */
  annotation?(stepNumber: number, annotation: Annotation): Promise<void>
  /** What the step wrote to GITHUB_STEP_SUMMARY: masked Markdown, at most 1 MiB. */
  summary?(stepNumber: number, text: string): Promise<void>
  stepCompleted(step: {
    number: number
    name: string
    kind?: StepKind
    outcome: Conclusion
    conclusion: Conclusion
    exitCode?: number
    outputs: Record<string, string>
    /** Why, in one sentence, when it is not a success. */
    reason?: string
    durationMs: number
  }): Promise<void>
}

export interface JobResult {
  conclusion: Conclusion
  outputs: Record<string, string>
  /** Where what it deployed is reached: http or https, without secrets. */
  environmentUrl?: string
  reason?: string
}

/** What a built-in action is given. Paths, outputs and failures are the step's, as for any action. */
export interface ActionContext {
  sandbox: Sandbox
  request: JobRequest
  /** `with:` after evaluation. */
  inputs: Record<string, string>
  /** The step's environment after evaluation. */
  env: Record<string, string>
  log(stream: LogLine['stream'], text: string): Promise<void>
  /** Runs argv in the sandbox with the step's environment, output into the step's log. */
  exec(
    argv: string[],
    options?: { cwd?: string; timeoutMs?: number },
  ): Promise<{ code: number | null; killedBy?: string }>
  /** Registers work for the end of the job, last in first out, run even after a failure. */
  atJobEnd(run: () => Promise<void>): void
  signal: AbortSignal
}

/** An action that the engine or its host brings: `uses: <name>@<version>`. A thrown Failure fails the step. */
export interface BuiltinAction {
  /** Without the version: `signalbox/start-app`. */
  name: string
  /** Names of inputs, whether required, and defaults; other names under `with:` are refused before the run. */
  inputs: Record<string, { required: boolean; default?: string; description: string }>
  run(context: ActionContext): Promise<{ outputs: Record<string, string> }>
}

/** What actions of a job may call while it runs: see engine/services. */
export interface JobServices {
  /** Takes calls of this job until `close`. */
  open(request: JobRequest): Promise<JobAccess>
}

/** How the actions of one job reach the services. */
export interface JobAccess {
  /** For actions only, as on GitHub: a command never has them. */
  variables: Record<string, string>
  /** Those of the values that nobody may read in a log. */
  secrets: readonly string[]
  close(): Promise<void>
}

export interface JobDependencies {
  provider: SandboxProvider
  /** By name without version. */
  builtins: ReadonlyMap<string, BuiltinAction>
  /** Where actions of other repositories come from; without one there are none. */
  actionSource?: ActionSource
  now(): number
  /** Undefined: actions of the job have no services to call. */
  services?: JobServices
  /** Where `container` and `services` run; without one a job that has them fails. */
  containers?: ContainerEngine
  /** Called when the job failed or ran out of time, before its sandbox goes; may seal its workspace. */
  onFailed?(state: { sandbox: Sandbox; layers: readonly string[] }): Promise<void>
  /** Aborted, together with the job's signal, when `always()` steps are to end as well. */
  force?: AbortSignal
}

/**
 * Runs one job from sandbox to teardown. Never throws for what the workflow did: a failed step is a
 * result. Throws a Failure only when the machine could not do its part (no sandbox, reporter lost).
 * Aborting the signal cancels: running steps end with their whole tree, `always()` steps still run.
 */
export type RunJob = (
  request: JobRequest,
  dependencies: JobDependencies,
  reporter: JobReporter,
  signal: AbortSignal,
) => Promise<JobResult>
