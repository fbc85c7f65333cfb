import { Failure } from '@signalbox/core/base/failure.ts'
import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { RunStep } from '@signalbox/core/workflow/model.ts'
import type { ExecResult } from '../sandbox/port.ts'
import type { JobState } from './job-state.ts'
import type { StepEnd, StepWork } from './run-step.ts'
import { endOf } from './run-step.ts'
import { shellArgv } from './shells.ts'
import { fileVariables, places, readFiles } from './step-files.ts'

/** Runs a `run:` step: its script from a file in the temp folder, then what it wrote into its command files. */
export async function runScript(step: RunStep, work: StepWork, contexts: Contexts): Promise<StepEnd> {
  const { state, log } = work
  const script = scriptOf(step)
  const written = state.writtenAhead.get(step.number)
  if (written) await written
  else await writeScript(state, step, evaluateTemplate(step.run.source, contexts))
  const cwd = step.workingDirectory ? evaluateTemplate(step.workingDirectory.source, contexts) : undefined
  const result = await state.sandbox.exec(shellArgv(step.shell, script), {
    cwd: cwd || undefined,
    env: { ...work.env, ...fileVariables(step.number) },
    timeoutMs: work.timeoutMs,
    signal: work.signal,
    onOutput: log.output,
  })
  const end = endOfExec(result, work)
  writeAhead(state, step.number)
  try {
    // A failed step hands on what it wrote, too.
    const outputs = await handOn(step, work)
    if (end.outcome === 'success' && log.commands.refused) {
      return { ...end, outcome: 'failure', reason: log.commands.refused, outputs }
    }
    return { ...end, outputs }
  } catch (error) {
    return end.outcome === 'success' ? { ...end, ...endOf(error) } : end
  }
}

function scriptOf(step: RunStep): string {
  return `${places.temp}/step-${step.number}.sh`
}

function writeScript(state: JobState, step: RunStep, text: string): Promise<void> {
  return state.sandbox.writeFile(scriptOf(step), text.endsWith('\n') ? text : `${text}\n`)
}

/** Writes the next script beside reading this step's files, which saves a round trip, when nothing is left to evaluate. */
function writeAhead(state: JobState, number: number): void {
  const job = state.request.workflow.jobs.find((candidate) => candidate.key === state.request.jobKey)
  const next = job?.steps[number]
  if (next?.kind !== 'run' || next.run.source.includes('${{')) return
  const written = writeScript(state, next, next.run.source)
  // Whoever waits for it hears of a failure; a step that is skipped does not.
  written.catch(() => {})
  state.writtenAhead.set(next.number, written)
}

const diskReason = 'it wrote more than its sandbox may hold (the disk limit of the project)'

/** How a step ended, in words, from how its process ended. */
export function endOfExec(result: ExecResult, work: StepWork): StepEnd {
  const exitCode = result.code ?? undefined
  switch (result.killedBy) {
    case 'timeout':
      return {
        outcome: 'timed_out',
        exitCode,
        reason: `it ran longer than ${inWords(work.timeoutMs)}`,
        outputs: {},
      }
    case 'cancel':
      return { outcome: 'cancelled', exitCode, reason: whyStopped(work.signal), outputs: {} }
    case 'oom':
      return { outcome: 'failure', exitCode, reason: 'it ran out of memory', outputs: {} }
    case 'disk':
      return { outcome: 'failure', exitCode, reason: diskReason, outputs: {} }
    case 'sandbox-lost':
      return { outcome: 'failure', exitCode, reason: 'the sandbox ended under it', outputs: {} }
  }
  if (result.code === 0) return { outcome: 'success', exitCode: 0, outputs: {} }
  const reason =
    result.code === null ? `it was ended by ${result.signal ?? 'a signal'}` : `exit code ${result.code}`
  return { outcome: 'failure', exitCode, reason, outputs: {} }
}

/** A Failure as the signal's reason says why the job stops; without one somebody cancelled it. */
export function whyStopped(signal: AbortSignal): string {
  return signal.reason instanceof Failure ? signal.reason.message : 'it was cancelled'
}

function inWords(timeoutMs: number | undefined): string {
  const value = (timeoutMs ?? 0) / 60_000
  return value === 1 ? '1 minute' : `${+value.toFixed(3)} minutes`
}

async function handOn(step: RunStep, work: StepWork): Promise<Record<string, string>> {
  const { state, log } = work
  const files = await readFiles(state.sandbox, step.number)
  for (const [key, value] of files.env) {
    if (key.toUpperCase() === 'NODE_OPTIONS') {
      log.say('stderr', '::error::NODE_OPTIONS cannot be set by GITHUB_ENV; it was left out')
    } else state.env = { ...state.env, [key]: value }
  }
  state.path = [...files.path.toReversed(), ...state.path]
  if (files.summary !== '') log.say('system', files.summary)
  return Object.fromEntries(files.outputs)
}
