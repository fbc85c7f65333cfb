import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { jobAt } from '@signalbox/core/plan/job-path.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { Sandbox } from '@signalbox/engine/sandbox/port.ts'
import { findJob } from '../../db/jobs.ts'
import { findProject } from '../../db/projects.ts'
import { findRun } from '../../db/runs.ts'
import type { ShellRow } from '../../db/shells.ts'
import { findSnapshot, leaseSnapshot } from '../../db/snapshots.ts'
import { parseRun } from '../../flows/runs/workflow-source.ts'
import type { WorkerDeps } from '../deps.ts'
import { limitsOf } from '../job-request.ts'

/** A fork of the state that a job failed in, and the environment that its steps had. */
export interface OpenState {
  sandbox: Sandbox
  env: Record<string, string>
}

/**
 * Makes a sandbox on top of the kept state, leased to the shell: what is done in it goes with it. It has no
 * network and no secret. Failure `state-evicted` when the state is gone.
 */
export async function openState(deps: WorkerDeps, shell: ShellRow, signal: AbortSignal): Promise<OpenState> {
  const state = shell.snapshot_id ? await findSnapshot(deps.db, shell.snapshot_id) : undefined
  if (!state) throw evicted()
  const base = state.base_id ? await findSnapshot(deps.db, state.base_id) : undefined
  const layers: string[] = []
  for (const row of [base, state]) {
    if (!row) continue
    const lease = { id: row.id, holder: `shell:${shell.id}`, workerId: deps.workerId, now: deps.clock.now() }
    const path = (await leaseSnapshot(deps.db, lease))
      ? await deps.provider.findSnapshot(row.layer)
      : undefined
    if (!path) throw evicted()
    layers.push(path)
  }
  const job = await findJob(deps.db, shell.job_id)
  const run = job && (await findRun(deps.db, job.run_id))
  const project = run && (await findProject(deps.db, run.project_id))
  if (!job || !run || !project) throw new Failure('not-found', 'The job of this shell was deleted.')
  const sandbox = await deps.provider.create(
    {
      id: `shell-${shell.id}`,
      ownerId: deps.workerId,
      limits: limitsOf(ProjectSettings.parse(project.settings)),
      network: { mode: 'none' },
      env: {},
      layers,
      detached: false,
    },
    signal,
  )
  const { workflow } = parseRun(run)
  return { sandbox, env: { CI: 'true', ...(workflow ? literalEnv(workflow, job.key) : {}) } }
}

function evicted(): Failure {
  return new Failure('state-evicted', 'The state of this job was deleted meanwhile.', {
    hint: 'Validate again: a new failure keeps a new state.',
  })
}

/** The variables of workflow and job that are plain text: an expression could stand for a secret. */
function literalEnv(root: Workflow, jobPath: string): Record<string, string> {
  const found = jobAt(root, jobPath)
  const all = found ? [...found.workflow.env, ...found.job.env] : []
  const plain = all.filter(({ value }) => !value.source.includes('${{'))
  return Object.fromEntries(plain.map(({ key, value }) => [key, value.source]))
}
