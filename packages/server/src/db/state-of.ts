import type { AgentRunState } from '@signalbox/core/domain/agent-run.ts'
import type { ChangeState } from '@signalbox/core/domain/change.ts'
import type { DeploymentState } from '@signalbox/core/domain/deployment.ts'
import type { JobState } from '@signalbox/core/domain/job.ts'
import type { RunState } from '@signalbox/core/domain/run.ts'
import type { StepState } from '@signalbox/core/domain/step.ts'
import type { Selectable } from 'kysely'
import type { AgentRunsTable } from './schema/agents.ts'
import type { ChangesTable } from './schema/changes.ts'
import type { DeploymentsTable } from './schema/deployments.ts'
import type { JobsTable, RunsTable, StepsTable } from './schema/runs.ts'

export type ChangeRow = Selectable<ChangesTable>
export type RunRow = Selectable<RunsTable>
export type JobRow = Selectable<JobsTable>
export type StepRow = Selectable<StepsTable>
export type AgentRunRow = Selectable<AgentRunsTable>
export type DeploymentRow = Selectable<DeploymentsTable>

/** Milliseconds since the epoch, as the pure machines count; null stays null. */
function ms(at: Date | null): number | null {
  return at === null ? null : at.getTime()
}

/** A timestamp column from the machines' milliseconds. */
export function dateOf(atMs: number | null): Date | null {
  return atMs === null ? null : new Date(atMs)
}

/** The state that `transitionChange` takes. */
export function changeStateOf(row: ChangeRow): ChangeState {
  return {
    status: row.status,
    conclusion: row.conclusion,
    waitingFor: row.waiting_for,
    reason: row.reason,
    fixAttempts: row.fix_attempts,
    fingerprints: row.fingerprints,
    retryAt: ms(row.retry_at),
    hasPullRequest: row.has_pull_request,
    approvedCommit: row.approved_commit,
  }
}

/** The columns that a change's state fills. */
export function changeColumns(state: ChangeState) {
  return {
    status: state.status,
    conclusion: state.conclusion,
    waiting_for: state.waitingFor,
    reason: state.reason,
    fix_attempts: state.fixAttempts,
    fingerprints: state.fingerprints,
    retry_at: dateOf(state.retryAt),
    has_pull_request: state.hasPullRequest,
    approved_commit: state.approvedCommit,
  }
}

/** The state that `transitionRun` takes. */
export function runStateOf(row: RunRow): RunState {
  return {
    status: row.status,
    conclusion: row.conclusion,
    startedAt: ms(row.started_at),
    completedAt: ms(row.completed_at),
  }
}

/** The state that `transitionJob` takes. */
export function jobStateOf(row: JobRow): JobState {
  return {
    status: row.status,
    conclusion: row.conclusion,
    attempt: row.attempt,
    workerId: row.worker_id,
    startedAt: ms(row.started_at),
    completedAt: ms(row.completed_at),
  }
}

/** The state that `transitionStep` takes. */
export function stepStateOf(row: StepRow): StepState {
  return {
    status: row.status,
    outcome: row.outcome,
    conclusion: row.conclusion,
    startedAt: ms(row.started_at),
    completedAt: ms(row.completed_at),
  }
}

/** The state that `transitionAgentRun` takes. */
export function agentRunStateOf(row: AgentRunRow): AgentRunState {
  return {
    status: row.status,
    conclusion: row.conclusion,
    turn: row.turn,
    responseType: row.response_type,
  }
}

/** The state that `transitionDeployment` takes. */
export function deploymentStateOf(row: DeploymentRow): DeploymentState {
  return { status: row.status, conclusion: row.conclusion, reason: row.reason }
}
