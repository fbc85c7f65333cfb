import type { Position } from '../base/diagnostics.ts'
import type { EventName } from './read/event-table.ts'

/** Where a job deploys to: whose secrets it gets, and whose rules hold it back. */
export interface JobEnvironment {
  name: Template
  /** Read when the job has ended. */
  url?: Template
  start: Position
}

/** Text that may hold `${{ }}` expressions, with the place it was written, evaluated when its turn comes. */
export interface Template {
  /** As written, `${{ }}` included. */
  source: string
  start: Position
}

/** Names to templates in the order written. */
export type TemplateMap = ReadonlyArray<{ key: string; value: Template }>

/** A condition: the expression without `${{ }}`; `success()` is implied unless a status function appears. */
export interface Condition {
  expression: string
  start: Position
}

/** The names that count: those that the patterns match (`only`), or all others (`except`). */
export interface NameFilter {
  kind: 'only' | 'except'
  /** In GitHub's glob language, in the order written; `!` takes away again. */
  patterns: string[]
}

/** A time at which a workflow runs. */
export interface Schedule {
  /** Five fields, as written. */
  cron: string
  /** Of the IANA database; UTC where none is written. */
  timezone?: string
  start: Position
}

/** An event under `on` and what must be true of it; a filter that is not there lets everything through. */
export interface Trigger {
  event: EventName
  types?: string[]
  branches?: NameFilter
  tags?: NameFilter
  paths?: NameFilter
  /** Of workflow_run: names of the workflows whose runs count. */
  workflows?: string[]
  /** Of image_version. */
  names?: string[]
  /** Of image_version. */
  versions?: string[]
  /** Of schedule. */
  schedules?: Schedule[]
  start: Position
}

/** An input that a person gives when they start a run. */
export interface DispatchInput {
  name: string
  type: 'string' | 'boolean' | 'number' | 'choice' | 'environment'
  required: boolean
  description: string
  /** As written. */
  default?: string
  /** Of a choice. */
  options: string[]
}

/** What a step's run takes when it does not say it itself. */
export interface Defaults {
  shell?: Template
  workingDirectory?: Template
}

/** Plain data in which any text may be an expression: what a matrix is written in. */
export type DataTemplate =
  | { kind: 'text'; template: Template }
  | { kind: 'value'; value: null | boolean | number }
  | { kind: 'list'; items: DataTemplate[] }
  | { kind: 'map'; entries: Array<{ key: string; value: DataTemplate }> }

/** One job for each combination of a matrix. */
export interface Strategy {
  /** Without one the job has one leg. */
  matrix?: DataTemplate
  failFast?: Template
  maxParallel?: Template
  start: Position
}

/** Of all that name the same group in a project, one is under way at a time. */
export interface Concurrency {
  /** Names are the same whatever their case. */
  group: Template
  cancelInProgress?: Template
  /** How many may wait: one, whom a newer one replaces, or many in their order. */
  queue: 'single' | 'max'
  start: Position
}

/** An input that a workflow takes from the job that calls it. */
export interface CallInput {
  name: string
  type: 'string' | 'boolean' | 'number'
  required: boolean
  /** A value, or a text that may be an expression. */
  default?: DataTemplate
}

/** What a workflow declares under `on.workflow_call`. */
export interface CallInterface {
  inputs: CallInput[]
  secrets: Array<{ name: string; required: boolean }>
  /** Read from the context `jobs` when all of its jobs have ended. */
  outputs: TemplateMap
}

/** A job's `uses:`: the whole workflow that it runs instead of steps. */
export interface WorkflowCall {
  /** As written. */
  uses: string
  start: Position
  with: Array<{ key: string; value: DataTemplate; start: Position }>
  /** Each by its name in the called workflow, or all that the calling workflow has. */
  secrets: TemplateMap | 'inherit'
  /** There once the called file was read: see link-calls. */
  workflow?: Workflow
}

/** The machine that a job wants: all of the labels, and the group when there is one. */
export interface RunsOn {
  /** An expression may come to several. */
  labels: Template[]
  group?: Template
  start: Position
}

/** What of `permissions:` has an effect. */
export interface Permissions {
  /** Whether actions may ask for a token that says who they are. */
  idToken: boolean
}

interface StepBase {
  /** `id:` as written, or undefined. */
  id?: string
  /** Counts from 1 within the job. */
  number: number
  name?: Template
  if?: Condition
  env: TemplateMap
  continueOnError?: Template
  timeoutMinutes?: Template
  start: Position
}

/** A step that runs a script in a shell. */
export interface RunStep extends StepBase {
  kind: 'run'
  /** The next step begins beside it. */
  background?: true
  run: Template
  shell?: string
  workingDirectory?: Template
}

/** A step that runs an action. */
export interface UsesStep extends StepBase {
  kind: 'uses'
  /** The next step begins beside it. */
  background?: true
  uses: string
  usesStart: Position
  with: TemplateMap
}

/** A step that does something, against those that wait for others or end them. */
export type TaskStep = RunStep | UsesStep

/** A step that waits for steps in the background. */
export interface WaitStep extends StepBase {
  kind: 'wait'
  /** Their numbers, all of them lower than its own. */
  for: readonly number[] | 'all'
}

/** A step that ends a step in the background. */
export interface CancelStep extends StepBase {
  kind: 'cancel'
  /** Its number, lower than its own. */
  of: number
}

export type Step = TaskStep | WaitStep | CancelStep

/** The container of a job, as written. */
export interface ContainerTemplate {
  /** Where it comes out empty, there is no container. */
  image: Template
  credentials?: { username: Template; password: Template }
  env: TemplateMap
  /** Each as in container-parts. */
  ports: Template[]
  /** Each as in container-parts. */
  volumes: Template[]
  /** As in container-options. */
  options?: Template
  start: Position
}

/** A container that runs beside a job, as written. */
export interface ServiceTemplate extends ContainerTemplate {
  /** The name by which the job reaches it. */
  id: string
  /** Words in place of those of the image. */
  entrypoint?: Template
  command?: Template
}

/** One job of a workflow, as written. */
export interface WorkflowJob {
  key: string
  name?: Template
  needs: string[]
  if?: Condition
  runsOn: RunsOn
  env: TemplateMap
  outputs: TemplateMap
  timeoutMinutes?: Template
  continueOnError?: Template
  strategy?: Strategy
  permissions?: Permissions
  concurrency?: Concurrency
  environment?: JobEnvironment
  /** Those of the workflow included. */
  defaults?: Defaults
  /** What its steps run in; without it the sandbox of the machine. */
  container?: ContainerTemplate
  services?: ServiceTemplate[]
  /** Empty in a job that calls a workflow. */
  steps: Step[]
  /** Instead of steps. */
  call?: WorkflowCall
  start: Position
}

/** A workflow file, understood; every key of the language that is not here was refused with its place. */
export interface Workflow {
  /** Path relative to the repository's root. */
  file: string
  name?: string
  /** One for each event under `on`, in the order written. */
  on: Trigger[]
  /** Under `workflow_dispatch`; undefined when there are none. */
  inputs?: DispatchInput[]
  /** Under `workflow_call`; undefined when no other workflow may call it. */
  call?: CallInterface
  env: TemplateMap
  /** What a run is called instead of the workflow's name. */
  runName?: Template
  permissions?: Permissions
  concurrency?: Concurrency
  jobs: WorkflowJob[]
}
