import type { Diagnostic } from '@signalbox/core/base/diagnostics.ts'
import type { JsonValue } from '@signalbox/core/base/json.ts'
import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { InputValues, WorkflowFileView } from '@signalbox/core/contract/views/workflows.ts'

/** Who asks: stored as the author of what happens. */
export interface Actor {
  userId: string
}

/**
 * What the API may ask for. A call stores its decision and returns; the work goes on in the worker, and the
 * API reads back what is to be shown. Ids are of rows that the API has read in the same request; they may be
 * gone or changed by now.
 *
 * Failures that callers see, with their HTTP status: `not-found` 404, `stale-fence` 409 (somebody changed
 * it in between), `refused` 409 (the state does not allow it; the message is the transition's reason),
 * `invalid-source`, `unsupported-source`, `source-unreachable`, `empty-repository` 422,
 * `invalid-settings`, `invalid-workflow` 422, `name-taken` 409. The whole table: api/failure-status.ts.
 */
export interface Flows {
  createProject(
    input: { source: string; name?: string; sync: boolean },
    actor: Actor,
  ): Promise<{ projectId: string }>
  updateProject(
    input: { projectId: string; fence: number; name?: string; settings?: ProjectSettings },
    actor: Actor,
  ): Promise<void>
  /** The API has compared the confirmation with the slug. Stops its live release, then deletes rows and repository. */
  deleteProject(input: { projectId: string }, actor: Actor): Promise<void>

  createChange(
    input: { projectId: string; goal: string; mode: 'auto' | 'plan' },
    actor: Actor,
  ): Promise<{ changeId: string }>
  sendMessage(input: { changeId: string; text: string }, actor: Actor): Promise<void>
  /** Every open review comment as one message to the agent; marked as sent in the same transaction. */
  sendComments(input: { changeId: string; note?: string }, actor: Actor): Promise<void>
  decidePlan(
    input:
      | { changeId: string; decision: 'confirm' }
      | { changeId: string; decision: 'change'; text: string }
      | { changeId: string; decision: 'reject'; text?: string },
    actor: Actor,
  ): Promise<void>
  answerPermission(
    input: { changeId: string; question: string; allow: boolean; option?: string },
    actor: Actor,
  ): Promise<void>
  approveChange(input: { changeId: string; commit: string }, actor: Actor): Promise<void>
  mergeChange(input: { changeId: string }, actor: Actor): Promise<void>
  retryChange(input: { changeId: string }, actor: Actor): Promise<void>
  cancelChange(input: { changeId: string }, actor: Actor): Promise<void>
  /** A push begins: written down under this id, so that a crash loses nothing of what it moves. */
  startPush(input: { projectId: string; id: string }): Promise<void>
  /** It has ended: new branches may open changes, those of open ones are validated again. What came of it. */
  endPush(input: {
    id: string
    projectId: string
    userId: string | null
    branches: string[]
  }): Promise<PushNews[]>

  /** Runs a workflow file of a branch's head; another branch than the default one is not trusted. */
  createRun(
    input: { projectId: string; workflow: string; branch?: string | undefined; inputs: InputValues },
    actor: Actor,
  ): Promise<{ runId: string }>
  /** What would prove a pull request, on the head of a branch; nothing is gated by it. */
  tryValidation(
    input: { projectId: string; branch: string | undefined },
    actor: Actor,
  ): Promise<{ runId: string }>
  /** A new attempt of a completed manual run; `failed` keeps the jobs that succeeded. */
  rerunRun(
    input: { runId: string; jobs: 'all' | 'failed'; job?: string | undefined },
    actor: Actor,
  ): Promise<{ runId: string }>
  /** The workflow files of a branch, the default one when none is named. */
  listWorkflows(input: { projectId: string; branch?: string | undefined }): Promise<WorkflowFileView[]>
  /** What a person says about the jobs of a run that wait for an environment. */
  reviewEnvironment(
    input: { runId: string; environment: string; decision: 'approved' | 'rejected'; comment: string },
    actor: Actor,
  ): Promise<void>
  cancelRun(input: { runId: string; force?: boolean }, actor: Actor): Promise<void>
  /** Announces a repository_dispatch to the workflows of the default branch. */
  dispatchEvent(
    input: { projectId: string; type: string; payload: Record<string, JsonValue> },
    actor: Actor,
  ): Promise<{ occurrenceId: string }>
  /** Reads the schedules of the default branch anew. */
  readSchedules(input: { projectId: string }, actor: Actor): Promise<void>

  createDeployment(input: { projectId: string }, actor: Actor): Promise<{ deploymentId: string }>
  /** A new deployment whose release is the kept one of `deploymentId`. */
  rollbackTo(input: { deploymentId: string }, actor: Actor): Promise<{ deploymentId: string }>

  /** The workflow that would prove a pull request now: read from the head of the default branch, or made. */
  validationWorkflow(input: { projectId: string }): Promise<ValidationWorkflow>
  /** Suggested goals: the sample's script names them; empty elsewhere. */
  exampleGoals(input: { projectId: string }): Promise<string[]>
}

/** What a push did to a change. */
export interface PushNews {
  branch: string
  changeId: string
  number: number
  news: 'opened' | 'validated-again' | 'closed' | 'unchanged'
}

export interface ValidationWorkflow {
  file: string
  text: string
  source: 'generated' | 'repository'
  diagnostics: Diagnostic[]
}
