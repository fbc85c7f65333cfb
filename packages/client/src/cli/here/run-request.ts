import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { SandboxSettings, ValidationSettings } from '@signalbox/core/contract/settings.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { EventName } from '@signalbox/core/workflow/read/event-table.ts'
import { type InputValues, resolveInputs } from '@signalbox/core/workflow/resolve-inputs.ts'
import type { Json } from '@signalbox/engine/job/port.ts'
import type { WorkflowRequest } from '@signalbox/engine/job/run-workflow.ts'
import { eventNamed } from './happened-here.ts'
import { type LocalMachine, ownerId } from './local-machine.ts'
import type { RunHere } from './run-options.ts'

const mebibyte = 1024 * 1024
const nothing = '0'.repeat(40)

/** The event of a run: as named; else the one that inputs belong to, push, or the first that the file names. */
export function eventOf(
  { on }: Pick<Workflow, 'on'>,
  { event, inputs }: Pick<RunHere, 'event' | 'inputs'>,
): EventName {
  if (event !== undefined) return eventNamed(event)
  if (Object.keys(inputs).length > 0) return 'workflow_dispatch'
  return on.some((one) => one.event === 'push') ? 'push' : (on[0]?.event ?? 'push')
}

/** What the engine is asked for: one workflow of this checkout. */
export function requestOf(
  wish: RunHere,
  run: { id: string; workflow: Workflow; event: string; machine: LocalMachine },
): WorkflowRequest {
  const { workflow, machine } = run
  const { memoryMb, pids, cpus, diskMb } = SandboxSettings.parse({})
  const { inputs, github } = contextsOfRun(wish, {
    ...{ workflow, event: run.event, root: machine.root, commit: machine.source.commit },
    ref: machine.source.ref,
  })
  return {
    id: run.id,
    ownerId,
    workflow,
    concurrency: wish.concurrency ?? Math.max(1, Math.min(4, availableParallelism())),
    github: { ...github, run_id: run.id },
    inputs,
    vars: wish.vars,
    secrets: wish.secrets,
    checkout: machine.source,
    limits: { memoryBytes: memoryMb * mebibyte, pids, cpus, diskBytes: diskMb * mebibyte },
    network: machine.network,
    machine: wish.machine,
    layers: [],
    env: wish.env,
    defaultTimeoutMs: ValidationSettings.parse({}).timeoutMinutes * 60_000,
  }
}

/** The contexts `github` and `inputs` of a run here. Throws a Failure `invalid-input`. */
export function contextsOfRun(
  wish: Pick<RunHere, 'inputs' | 'payload'>,
  run: { workflow: Workflow; event: string; root: string; commit: string; ref: string },
): { inputs: InputValues; github: { [key: string]: Json } } {
  const { workflow, event: name, commit, root } = run
  const dispatched = name === 'workflow_dispatch'
  const given = { ...(dispatched ? texts(wish.payload?.['inputs']) : {}), ...wish.inputs }
  const inputs =
    dispatched || Object.keys(given).length > 0 ? resolveInputs(workflow.inputs ?? [], given) : {}
  const ref = text(wish.payload?.['ref']) ?? run.ref
  const repository = `local/${basename(root)}`
  const event: { [key: string]: Json } = {
    ...(name === 'push' ? { ref, before: nothing, after: commit } : {}),
    ...(dispatched
      ? { inputs: Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, String(value)])) }
      : {}),
    // Read from JSON: it holds nothing else.
    ...((wish.payload ?? {}) as { [key: string]: Json }),
  }
  const branch = (side: 'base' | 'head') => text(part(part(event, 'pull_request'), side)?.['ref'])
  const github = {
    repository,
    repository_owner: 'local',
    workflow: workflow.name ?? workflow.file,
    run_number: '1',
    run_attempt: '1',
    event_name: name,
    event,
    sha: commit,
    ref,
    ref_name: ref.replace(/^refs\/(heads|tags)\//, ''),
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    base_ref: branch('base') ?? '',
    head_ref: branch('head') ?? '',
    actor: 'local',
    triggering_actor: 'local',
    workspace: '/workspace',
  }
  return { inputs, github }
}

function part(value: Json | undefined, key: string): { [key: string]: Json } | undefined {
  const found = value !== null && typeof value === 'object' && !Array.isArray(value) ? value[key] : undefined
  return found !== null && typeof found === 'object' && !Array.isArray(found) ? found : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function texts(value: unknown): Record<string, string> {
  if (value === null || typeof value !== 'object') return {}
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]))
}
