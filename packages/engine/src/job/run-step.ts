import { Failure } from '@signalbox/core/base/failure.ts'
import { evaluateCondition, evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { Step, Template } from '@signalbox/core/workflow/model.ts'
import { contextsOf, evaluateMap, type JobState } from './job-state.ts'
import type { Conclusion } from './port.ts'
import { runAction } from './run-action.ts'
import { runInstall } from './run-install.ts'
import { createStepLog, type StepLog } from './step-log.ts'

/** How the work of a step ended, before continue-on-error. */
export interface StepEnd {
  outcome: Conclusion
  exitCode?: number
  reason?: string
  outputs: Record<string, string>
}

/** What a step's work is given. */
export interface StepWork {
  state: JobState
  log: StepLog
  /** The whole environment of the step. */
  env: Record<string, string>
  /** Aborted when the job is cancelled or out of time. */
  signal: AbortSignal
  timeoutMs: number | undefined
}

/** Runs one step, or skips it, and writes into the state what later steps see. Throws when the reporter is lost. */
export async function runStep(state: JobState, step: Step, signal: AbortSignal): Promise<void> {
  const { reporter, masker } = state
  const log = createStepLog({ step: step.number, reporter, masker, now: state.dependencies.now })
  const startedAt = performance.now()
  let own: Record<string, string> = {}
  let failed: StepEnd | undefined
  let skip = false
  try {
    own = evaluateMap(step.env, contextsOf(state))
    skip = !evaluateCondition(step.if?.expression ?? '', contextsOf(state, { ...state.env, ...own }), {
      success: () => state.status === 'success',
      failure: () => state.status === 'failure',
      cancelled: () => state.status === 'cancelled',
    })
  } catch (error) {
    failed = endOf(error)
  }
  const name = masker.mask(stepName(state, step, own))
  if (skip) {
    finish(state, step, { outcome: 'skipped', outputs: {} }, 'skipped')
    await reporter.stepCompleted({
      number: step.number,
      name,
      outcome: 'skipped',
      conclusion: 'skipped',
      outputs: {},
      durationMs: 0,
    })
    return
  }
  await reporter.stepStarted({ number: step.number, name })
  const end = failed ?? (await work(state, step, { own, log, signal }))
  if (end.reason && end.outcome !== 'success') log.say('system', `Error: ${end.reason}`)
  const conclusion = conclusionOf(state, step, end, own)
  await log.close()
  finish(state, step, end, conclusion)
  await reporter.stepCompleted({
    number: step.number,
    name,
    outcome: end.outcome,
    conclusion,
    exitCode: end.exitCode,
    outputs: Object.fromEntries(
      Object.entries(end.outputs).map(([key, value]) => [masker.mask(key), masker.mask(value)]),
    ),
    reason: end.reason === undefined ? undefined : masker.mask(end.reason),
    durationMs: Math.round(performance.now() - startedAt),
  })
}

/** What a step is called in the log: its name, or what it runs. */
function stepName(state: JobState, step: Step, own: Record<string, string>): string {
  const written = step.kind === 'run' ? (step.run.source.trim().split('\n')[0] ?? '') : step.uses
  if (!step.name) return `Run ${written}`
  try {
    return evaluateTemplate(step.name.source, contextsOf(state, { ...state.env, ...own }))
  } catch {
    return step.name.source
  }
}

async function work(
  state: JobState,
  step: Step,
  given: { own: Record<string, string>; log: StepLog; signal: AbortSignal },
): Promise<StepEnd> {
  const { own, log, signal } = given
  try {
    const env: Record<string, string> = {
      CI: 'true',
      ...state.env,
      ...own,
      ...state.fixedEnv,
      GITHUB_ACTION: step.id ?? `__run_${step.number}`,
    }
    const timeoutMs = minutes(step.timeoutMinutes, (source) =>
      evaluateTemplate(source, contextsOf(state, env)),
    )
    const path = await pathOf(state, env['PATH'])
    const stepWork = { state, log, env: path ? { ...env, PATH: path } : env, signal, timeoutMs }
    const contexts = contextsOf(state, { ...state.env, ...own })
    return step.kind === 'run'
      ? await runInstall(step, stepWork, contexts)
      : await runAction(step, stepWork, contexts)
  } catch (error) {
    return endOf(error)
  }
}

/** Milliseconds of a `timeout-minutes`. Throws a Failure when it is not a number above zero. */
export function minutes(
  template: Template | undefined,
  evaluate: (source: string) => string,
): number | undefined {
  if (!template) return undefined
  const value = Number(evaluate(template.source))
  if (Number.isFinite(value) && value > 0) return Math.min(value * 60_000, 2 ** 31 - 1)
  throw new Failure('invalid-timeout', `timeout-minutes is no number above 0: ${template.source}`)
}

/** A Failure is the step's own; anything else is a fault of ours, and still must not end the process. */
export function endOf(error: unknown): StepEnd {
  const message = error instanceof Error ? error.message : String(error)
  const end = /[.!?]$/.test(message) ? '' : '.'
  const hint = error instanceof Failure && error.hint ? `${end} ${error.hint}` : ''
  return { outcome: 'failure', reason: `${message}${hint}`, outputs: {} }
}

/** PATH for the step, when earlier steps added to it. */
async function pathOf(state: JobState, own: string | undefined): Promise<string | undefined> {
  if (state.path.length === 0) return undefined
  if (state.basePath === undefined && own === undefined) {
    let found = ''
    await state.sandbox.exec(['sh', '-c', 'printf %s "$PATH"'], {
      timeoutMs: 10_000,
      onOutput: (stream, chunk) => {
        if (stream === 'stdout') found += Buffer.from(chunk).toString()
      },
    })
    state.basePath = found
  }
  return [...state.path, own ?? state.basePath ?? ''].join(':')
}

function conclusionOf(state: JobState, step: Step, end: StepEnd, own: Record<string, string>): Conclusion {
  if (end.outcome !== 'failure' && end.outcome !== 'timed_out') return end.outcome
  if (!step.continueOnError) return end.outcome
  try {
    const forgiven = evaluateTemplate(
      step.continueOnError.source,
      contextsOf(state, { ...state.env, ...own }),
    )
    return forgiven === 'true' ? 'success' : end.outcome
  } catch {
    return end.outcome
  }
}

function finish(state: JobState, step: Step, end: StepEnd, conclusion: Conclusion): void {
  if (step.id) state.steps[step.id] = { outputs: end.outputs, outcome: end.outcome, conclusion }
  if (state.status === 'success' && (conclusion === 'failure' || conclusion === 'timed_out')) {
    state.status = 'failure'
    state.reason = `step ${step.number} failed${end.reason ? `: ${end.reason}` : ''}`
  }
}
