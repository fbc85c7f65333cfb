import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import type { RunStep } from '@signalbox/core/workflow/model.ts'
import { type BuiltLayer, buildLayer } from '../../snapshot/build-layer.ts'
import { runAction } from '../actions/run-action.ts'
import { contextsOf } from '../job-state.ts'
import { createMasker } from '../log/masker.ts'
import { createStepLog } from '../log/step-log.ts'
import type { JobReporter } from '../port.ts'
import { prepareJob, sandboxSpec } from '../prepare-job.ts'
import type { InstallPlan } from './install-plan.ts'
import type { StepWork } from './perform-step.ts'
import { endOfExec, runScript } from './run-script.ts'
import { shellOf } from './shells.ts'
import type { StepEnd } from './step-end.ts'
import { places } from './step-files.ts'

/**
 * Runs a `run:` step; of the job's install only what is not there yet. A layer is made in a sandbox that holds
 * the install's inputs alone, and the job goes on in a new sandbox on top of it. What cannot be made that way
 * runs in the job's own workspace, as any step.
 */
export async function runInstall(step: RunStep, work: StepWork, contexts: Contexts): Promise<StepEnd> {
  const plan = work.state.request.install
  const { workflow, jobKey } = work.state.request
  // Defaults may change what the command does; the key of a snapshot does not cover them.
  const defaults = workflow.jobs.find((candidate) => candidate.key === jobKey)?.defaults
  if (plan?.step !== step.number || defaults) return await runScript(step, work, contexts)
  const { log, state } = work
  if (plan.note) log.say('system', `No snapshot of the install: ${plan.note}.`)
  if (plan.restored) {
    const { key, sizeBytes } = plan.restored
    const took = `${Math.round(state.createMs)} ms`
    log.say(
      'system',
      `Restored snapshot ${short(key)} (${inMegabytes(sizeBytes)}): the sandbox was ready in ${took}.`,
    )
    log.say(
      'system',
      'Lockfile, manifests, command, environment and machine are the same: nothing is installed.',
    )
    return { outcome: 'skipped', outputs: {} }
  }
  // The job goes on in another sandbox then, which nothing beside it would survive.
  if (!plan.build || !work.state.alone()) return await runScript(step, work, contexts)
  return await build(step, work, { contexts, plan: plan.build })
}

async function build(
  step: RunStep,
  work: StepWork,
  given: { contexts: Contexts; plan: NonNullable<InstallPlan['build']> },
): Promise<StepEnd> {
  const { state, log } = work
  const { plan } = given
  log.say(
    'system',
    `Installing from ${plan.inputs.length} files alone, to keep it as snapshot ${short(plan.key)}`,
  )
  const shell = shellOf(step.shell)
  const path = `${places.temp}/step-${step.number}.${shell.extension}`
  const text = shell.wrap(step.run.source)
  const built = await buildLayer(state.dependencies.provider, {
    spec: { ...sandboxSpec(state.request, `${state.request.id}-i`), layers: [] },
    gitDir: state.request.checkout.gitDir,
    commit: state.request.checkout.commit,
    inputs: plan.inputs,
    layerName: plan.layerName,
    argv: shell.argv(path),
    script: { path, text },
    exec: {
      cwd: step.workingDirectory?.source || undefined,
      env: environmentOf(work),
      timeoutMs: work.timeoutMs,
      signal: work.signal,
      onOutput: log.output,
    },
  })
  if (built.outcome === 'sealed') return await goOn(step, work, await plan.keep(built.layer))
  if (built.outcome === 'empty') {
    log.say('system', 'It made no files: there is nothing to keep.')
    return { outcome: 'success', exitCode: 0, outputs: {} }
  }
  if (built.outcome === 'failed' && built.result.killedBy) return endOfExec(built.result, work)
  const why =
    built.outcome === 'refused' ? built.why : `with its inputs alone it ended with ${built.result.code}`
  log.say('system', `No snapshot: ${why}. Installing in the whole tree.`)
  const end = await runScript(step, work, given.contexts)
  if (end.outcome === 'success') await plan.giveUp(why)
  return end
}

/** Only what the key covers: nothing that says which run, commit or branch this is. */
function environmentOf({ env }: StepWork): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:GITHUB|RUNNER)_/.test(name)))
}

/** The rest of the job in a new sandbox on top of the layer, the steps before this one done once more. */
async function goOn(step: RunStep, work: StepWork, layer: BuiltLayer): Promise<StepEnd> {
  const { state, log } = work
  await state.sandbox.destroy()
  state.request = {
    ...state.request,
    layers: [...state.request.layers, layer.path],
    layerPaths: [...(state.request.layerPaths ?? []), ...layer.paths],
  }
  const spec = sandboxSpec(state.request, `${state.request.id}-r`, state.doors)
  state.sandbox = await state.dependencies.provider.create(spec)
  state.writtenAhead.clear()
  await prepareJob(state)
  const job = state.request.workflow.jobs.find((candidate) => candidate.key === state.request.jobKey)
  for (const earlier of job?.steps ?? []) {
    if (earlier.number >= step.number || earlier.kind !== 'uses') continue
    await runAction(earlier, { ...work, log: unheard(step.number), timeoutMs: undefined }, contextsOf(state))
  }
  log.say('system', `Kept as a snapshot: ${inMegabytes(layer.sizeBytes)}.`)
  return { outcome: 'success', exitCode: 0, outputs: {} }
}

/** A log that nobody reads. */
function unheard(step: number) {
  const reporter: JobReporter = { async stepStarted() {}, async log() {}, async stepCompleted() {} }
  return createStepLog({ step, reporter, masker: createMasker([]), now: () => 0 })
}

function short(key: string): string {
  return key.slice(0, 12)
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
