import { type AgentRunEvent, transitionAgentRun } from '@signalbox/core/domain/agent-run.ts'
import { type ChangeEvent, transitionChange } from '@signalbox/core/domain/change.ts'
import { type DeploymentEvent, transitionDeployment } from '@signalbox/core/domain/deployment.ts'
import { type JobEvent, transitionJob } from '@signalbox/core/domain/job.ts'
import { type RunEvent, transitionRun } from '@signalbox/core/domain/run.ts'
import { sql, type Updateable } from 'kysely'
import type { Queryable } from './connect.ts'
import { activeDeployment } from './deployments.ts'
import { lockEnvironment } from './environments.ts'
import { type Also, type Moved, move, staleFence } from './move.ts'
import type { ChangesTable } from './schema/changes.ts'
import type { DeploymentsTable } from './schema/deployments.ts'
import type { JobsTable, RunsTable } from './schema/runs.ts'
import {
  type AgentRunRow,
  agentRunStateOf,
  type ChangeRow,
  changeColumns,
  changeStateOf,
  type DeploymentRow,
  dateOf,
  deploymentStateOf,
  type JobRow,
  jobStateOf,
  type RunRow,
  runStateOf,
} from './state-of.ts'
import { storableJson } from './storable.ts'

/** What every move takes: the row as read (`fence`), what happens to it, and what else is written with it. */
export interface MoveInput<Row, Event> {
  id: string
  fence: number
  event: Event
  now: Date
  /** Added to the live event's data beside status and conclusion; small, no secrets. */
  data?: Record<string, unknown>
  also?: Also<Row>
}

export type ChangePatch = Pick<
  Updateable<ChangesTable>,
  'validation_run_id' | 'deployment_id' | 'merge_requested' | 'merge_requested_commit' | 'title'
>

const nextFence = sql<number>`fence + 1`

/** Moves a change by `transitionChange`. */
export function moveChange(
  db: Queryable,
  input: MoveInput<ChangeRow, ChangeEvent> & { patch?: ChangePatch },
): Promise<Moved<ChangeRow>> {
  const what = `the change ${input.id}`
  return move(db, {
    what,
    find: (tx) => tx.selectFrom('changes').selectAll().where('id', '=', input.id).executeTakeFirst(),
    stale: (row) => staleFence(what, input.fence, row.fence),
    transition: (row) => transitionChange(changeStateOf(row), input.event, input.now.getTime()),
    write: (tx, state) =>
      tx
        .updateTable('changes')
        .set({ ...input.patch, ...changeColumns(state), updated_at: input.now, fence: nextFence })
        .where('id', '=', input.id)
        .where('fence', '=', input.fence)
        .returningAll()
        .executeTakeFirst(),
    refs: async (_tx, row) => ({ projectId: row.project_id, changeId: row.id }),
    data: (row) => ({
      status: row.status,
      conclusion: row.conclusion,
      waitingFor: row.waiting_for,
      ...input.data,
    }),
    also: input.also,
  })
}

export type RunPatch = Pick<Updateable<RunsTable>, 'reason' | 'cancel_requested'>

/** Moves a run by `transitionRun`. */
export function moveRun(
  db: Queryable,
  input: MoveInput<RunRow, RunEvent> & { patch?: RunPatch },
): Promise<Moved<RunRow>> {
  const what = `the run ${input.id}`
  return move(db, {
    what,
    find: (tx) => tx.selectFrom('runs').selectAll().where('id', '=', input.id).executeTakeFirst(),
    stale: (row) => staleFence(what, input.fence, row.fence),
    transition: (row) => transitionRun(runStateOf(row), input.event, input.now.getTime()),
    write: (tx, state) =>
      tx
        .updateTable('runs')
        .set({
          ...input.patch,
          status: state.status,
          conclusion: state.conclusion,
          started_at: dateOf(state.startedAt),
          completed_at: dateOf(state.completedAt),
          fence: nextFence,
        })
        .where('id', '=', input.id)
        .where('fence', '=', input.fence)
        .returningAll()
        .executeTakeFirst(),
    refs: async (_tx, row) => ({ projectId: row.project_id, changeId: row.change_id, runId: row.id }),
    data: (row) => ({
      kind: row.kind,
      number: row.number,
      status: row.status,
      conclusion: row.conclusion,
      ...input.data,
    }),
    also: input.also,
  })
}

export type JobPatch = Pick<Updateable<JobsTable>, 'reason' | 'log_complete' | 'environment_url'> & {
  outputs?: Record<string, string>
  call_inputs?: Record<string, string | number | boolean>
}

/**
 * Moves a job by `transitionJob`. After a claim the returned row's fence is the worker's: with it the worker
 * writes steps and log lines, beats its heart, and completes the job. A later claim takes all of that away.
 */
export function moveJob(
  db: Queryable,
  input: MoveInput<JobRow, JobEvent> & { patch?: JobPatch },
): Promise<Moved<JobRow>> {
  const what = `the job ${input.id}`
  const claim = input.event.type === 'claim' ? { heartbeat_at: input.now, log_complete: false } : {}
  const { outputs, call_inputs, ...patch } = input.patch ?? {}
  return move(db, {
    what,
    find: (tx) => tx.selectFrom('jobs').selectAll().where('id', '=', input.id).executeTakeFirst(),
    stale: (row) => staleFence(what, input.fence, row.fence),
    transition: (row) => transitionJob(jobStateOf(row), input.event, input.now.getTime()),
    write: (tx, state) =>
      tx
        .updateTable('jobs')
        .set({
          ...claim,
          ...patch,
          ...(outputs ? { outputs: storableJson(outputs) } : {}),
          ...(call_inputs ? { call_inputs: storableJson(call_inputs) } : {}),
          status: state.status,
          conclusion: state.conclusion,
          attempt: state.attempt,
          worker_id: state.workerId,
          started_at: dateOf(state.startedAt),
          completed_at: dateOf(state.completedAt),
          fence: nextFence,
        })
        .where('id', '=', input.id)
        .where('fence', '=', input.fence)
        .returningAll()
        .executeTakeFirst(),
    refs: async (tx, row) => {
      const run = await tx
        .selectFrom('runs')
        .select(['project_id', 'change_id'])
        .where('id', '=', row.run_id)
        .executeTakeFirstOrThrow()
      return { projectId: run.project_id, changeId: run.change_id, runId: row.run_id, jobId: row.id }
    },
    data: (row) => ({
      key: row.key,
      attempt: row.attempt,
      status: row.status,
      conclusion: row.conclusion,
      ...input.data,
    }),
    also: input.also,
  })
}

/** Moves an agent run by `transitionAgentRun`. */
export function moveAgentRun(
  db: Queryable,
  input: MoveInput<AgentRunRow, AgentRunEvent>,
): Promise<Moved<AgentRunRow>> {
  const what = `the agent run ${input.id}`
  return move(db, {
    what,
    find: (tx) => tx.selectFrom('agent_runs').selectAll().where('id', '=', input.id).executeTakeFirst(),
    stale: (row) => staleFence(what, input.fence, row.fence),
    transition: (row) => transitionAgentRun(agentRunStateOf(row), input.event),
    write: (tx, state) =>
      tx
        .updateTable('agent_runs')
        .set({
          status: state.status,
          conclusion: state.conclusion,
          turn: state.turn,
          response_type: state.responseType,
          updated_at: input.now,
          fence: nextFence,
        })
        .where('id', '=', input.id)
        .where('fence', '=', input.fence)
        .returningAll()
        .executeTakeFirst(),
    refs: async (tx, row) => {
      const change = await tx
        .selectFrom('changes')
        .select('project_id')
        .where('id', '=', row.change_id)
        .executeTakeFirstOrThrow()
      return { projectId: change.project_id, changeId: row.change_id }
    },
    data: (row) => ({
      agentRunId: row.id,
      turn: row.turn,
      status: row.status,
      conclusion: row.conclusion,
      responseType: row.response_type,
      ...input.data,
    }),
    also: input.also,
  })
}

/** `release_spec` is a value (deploy/port.ts), stored as JSON. */
export type DeploymentPatch = Pick<
  Updateable<DeploymentsTable>,
  'run_id' | 'release' | 'previous_deployment_id'
> & { release_spec?: unknown; health?: DeploymentRow['health'] }

const underWay: DeploymentRow['status'][] = ['starting', 'checking', 'watching']

/**
 * Moves a deployment by `transitionDeployment`. A second one of the same environment is refused while one is
 * under way. `live_at` is when it first got the traffic.
 */
export function moveDeployment(
  db: Queryable,
  input: MoveInput<DeploymentRow, DeploymentEvent> & { patch?: DeploymentPatch },
): Promise<Moved<DeploymentRow>> {
  const what = `the deployment ${input.id}`
  const { release_spec, health, ...patch } = input.patch ?? {}
  return move(db, {
    what,
    find: (tx) => tx.selectFrom('deployments').selectAll().where('id', '=', input.id).executeTakeFirst(),
    stale: (row) => staleFence(what, input.fence, row.fence),
    transition: (row) => transitionDeployment(deploymentStateOf(row), input.event),
    async refuse(tx, row, state) {
      if (!underWay.includes(state.status) || underWay.includes(row.status)) return undefined
      // The unique index would end the whole transaction; behind the environment's lock it is never met.
      await lockEnvironment(tx, row.environment_id)
      const other = await activeDeployment(tx, row.environment_id)
      return other && `another deployment of this environment is under way (${other.id})`
    },
    write: (tx, state, row) =>
      tx
        .updateTable('deployments')
        .set({
          ...patch,
          ...(release_spec === undefined ? {} : { release_spec: storableJson(release_spec) }),
          ...(health === undefined ? {} : { health: health && storableJson(health) }),
          status: state.status,
          conclusion: state.conclusion,
          reason: state.reason,
          live_at: input.event.type === 'traffic_switched' ? input.now : row.live_at,
          completed_at: state.status === 'completed' ? (row.completed_at ?? input.now) : null,
          fence: nextFence,
        })
        .where('id', '=', input.id)
        .where('fence', '=', input.fence)
        .returningAll()
        .executeTakeFirst(),
    refs: async (_tx, row) => ({
      projectId: row.project_id,
      changeId: row.change_id,
      runId: row.run_id,
      deploymentId: row.id,
    }),
    data: (row) => ({ status: row.status, conclusion: row.conclusion, ...input.data }),
    also: input.also,
  })
}
