import { newId } from '@signalbox/core/base/ids.ts'
import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { makeValidationWorkflow } from '@signalbox/core/workflow/make-workflows.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { JobRequest } from '@signalbox/engine/job/port.ts'
import type { InstallPlan } from '@signalbox/engine/job/steps/install-plan.ts'
import type { BuiltLayer } from '@signalbox/engine/snapshot/build-layer.ts'
import { findInstallStep } from '@signalbox/engine/snapshot/install-step.ts'
import { thisMachine } from '@signalbox/engine/snapshot/machine.ts'
import { type PlannedInstall, planInstall } from '@signalbox/engine/snapshot/plan-install.ts'
import type { ProjectRow } from '../../db/projects.ts'
import {
  findInstalls,
  forgetLostSnapshot,
  insertSnapshot,
  leaseSnapshot,
  type SnapshotKey,
  type SnapshotRow,
} from '../../db/snapshots.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import { parseSource } from '../../flows/runs/workflow-source.ts'
import type { WorkerDeps } from '../deps.ts'
import { storeId } from './store-id.ts'

/** The part of a job's request that is about its install. */
export type InstallPart = Pick<JobRequest, 'layers' | 'layerPaths' | 'install'>

/** The job whose install is looked for. */
export interface InstallScene {
  project: ProjectRow
  settings: ProjectSettings
  run: RunRow
  job: JobRow
  workflow: Workflow
}

const nothing: InstallPart = { layers: [] }

/**
 * What a job's install may stand on, leased to the job. A run that is not trusted reads what is shared in its
 * project and what its own change made, and writes only the latter; a trusted one reads and writes what is
 * shared, and nothing else. An agent's turn gets the layer that a validation of its commit would get.
 */
export async function restoreInstall(deps: WorkerDeps, scene: InstallScene): Promise<InstallPart> {
  const { settings, run, workflow, job } = scene
  if (!settings.validation.snapshots) return nothing
  if (run.kind === 'agent') return await restoreForAgent(deps, scene)
  const step = findInstallStep(workflow, job.job_key)
  if (step === undefined) return nothing
  const planned = typeof step === 'string' ? step : await plan(deps, scene, step)
  if (typeof planned === 'string') {
    const number = typeof step === 'string' ? numberOfMarked(workflow, job.job_key) : step.number
    return { ...nothing, install: { step: number, note: planned } }
  }
  if (typeof step === 'string') return nothing
  const key = await keyOf(deps, scene, planned)
  const found = await takeInstall(deps, key, job)
  if (found === 'unusable') {
    const note = 'with its inputs alone it did not work the last time; name what it reads as install inputs'
    return { ...nothing, install: { step: step.number, note } }
  }
  if (found) {
    const restored = { key: planned.key, sizeBytes: found.row.size_bytes }
    return { layers: [found.path], layerPaths: found.row.paths, install: { step: step.number, restored } }
  }
  const command = step.command
  return { ...nothing, install: buildPlan(deps, { scene, key, planned, command, step: step.number }) }
}

/** Nothing is installed for an agent; it finds what a validation left, as a fork of its own. */
async function restoreForAgent(deps: WorkerDeps, scene: InstallScene): Promise<InstallPart> {
  const text = makeValidationWorkflow(scene.settings.validation)
  const { workflow } = parseSource({ file: 'validate.yml', text })
  const step = workflow && findInstallStep(workflow, 'validate')
  if (!step || typeof step === 'string') return nothing
  const planned = await plan(deps, scene, step)
  if (typeof planned === 'string') return nothing
  const found = await takeInstall(deps, await keyOf(deps, scene, planned), scene.job)
  return found && found !== 'unusable' ? { layers: [found.path], layerPaths: found.row.paths } : nothing
}

function numberOfMarked(workflow: Workflow, jobKey: string): number {
  const job = workflow.jobs.find((candidate) => candidate.key === jobKey)
  const marked = job?.steps.find((step) => step.env.some(({ key }) => key === 'SIGNALBOX_SNAPSHOT'))
  return marked?.number ?? 0
}

async function plan(
  deps: WorkerDeps,
  { project, settings, run }: InstallScene,
  step: Parameters<typeof planInstall>[0]['step'],
): Promise<PlannedInstall | string> {
  return await planInstall({
    gitDir: deps.forge.gitDir(project.id),
    commit: run.commit_id,
    step,
    machine: await thisMachine(deps.provider.name),
    allowHosts: settings.sandbox.allowHosts,
    installInputs: settings.validation.installInputs,
  })
}

async function keyOf(deps: WorkerDeps, scene: InstallScene, planned: PlannedInstall): Promise<SnapshotKey> {
  const { project, run } = scene
  return {
    store: await storeId(deps.config.dataDir),
    projectId: project.id,
    key: planned.key,
    changeId: run.trusted ? null : run.change_id,
  }
}

interface Taken {
  row: SnapshotRow
  path: string
}

/**
 * The first snapshot of the key that is there, leased to the job. A row whose layer is gone is a miss, and is
 * deleted, so that what the job makes can take its place.
 */
export async function takeInstall(
  deps: Pick<WorkerDeps, 'db' | 'provider' | 'clock' | 'log' | 'workerId'>,
  key: SnapshotKey,
  job: Pick<JobRow, 'id'>,
): Promise<Taken | 'unusable' | undefined> {
  const rows = await findInstalls(deps.db, key)
  for (const row of rows.filter(({ state }) => state === 'ready')) {
    const lease = { id: row.id, holder: job.id, workerId: deps.workerId, now: deps.clock.now() }
    if (!(await leaseSnapshot(deps.db, lease))) continue
    const path = await deps.provider.findSnapshot(row.layer)
    if (path) return { row, path }
    deps.log.warn({ snapshot: row.id, layer: row.layer }, 'the layer of a snapshot is gone')
    await forgetLostSnapshot(deps.db, row.id)
  }
  return rows.some(({ state }) => state === 'unusable') ? 'unusable' : undefined
}

function buildPlan(
  deps: WorkerDeps,
  given: { scene: InstallScene; key: SnapshotKey; planned: PlannedInstall; command: string; step: number },
): InstallPlan {
  const { scene, key, planned, command, step } = given
  const { run, job } = scene
  // Neither trusted nor of a change: nothing that it made may be restored by anything.
  if (!run.trusted && !run.change_id) return { step, note: 'this run belongs to no change' }
  const id = newId()
  const common = { id, ...key, kind: 'install' as const, command }
  return {
    step,
    ...(planned.wholeTree === undefined
      ? {}
      : { note: `it is kept for this very tree only, because ${planned.wholeTree}` }),
    build: {
      key: planned.key,
      inputs: planned.inputs,
      layerName: `install-${id}`,
      async keep(layer) {
        const made = { ...common, state: 'ready' as const, layer: `install-${id}`, ...facts(layer) }
        const row = await insertSnapshot(deps.db, { ...made, now: deps.clock.now() })
        if (row) {
          const lease = { id: row.id, holder: job.id, workerId: deps.workerId, now: deps.clock.now() }
          if (await leaseSnapshot(deps.db, lease)) return layer
        }
        // Another job was quicker with the same key: its layer holds what this one does.
        const other = await takeInstall(deps, key, job)
        if (!other || other === 'unusable') return layer
        await deps.provider.deleteSnapshot(`install-${id}`)
        return { path: other.path, paths: other.row.paths, sizeBytes: other.row.size_bytes }
      },
      async giveUp(why) {
        const nowhere = { paths: [], sizeBytes: 0, layer: `none-${id}` }
        const made = { ...common, ...nowhere, state: 'unusable' as const, reason: why, now: deps.clock.now() }
        await insertSnapshot(deps.db, made)
      },
    },
  }
}

function facts(layer: BuiltLayer): { paths: string[]; sizeBytes: number } {
  return { paths: layer.paths, sizeBytes: layer.sizeBytes }
}
