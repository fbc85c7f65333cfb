import { Failure } from '@signalbox/core/base/failure.ts'
import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { RunStep, Template } from '@signalbox/core/workflow/model.ts'
import type { ExecResult } from '../../sandbox/port.ts'
import { type JobState, jobOf } from '../job-state.ts'
import { maxFileBytes } from './command-files.ts'
import type { StepWork } from './perform-step.ts'
import { type Shell, shellOf } from './shells.ts'
import { endOf, type StepEnd } from './step-end.ts'
import { fileVariables, type HandedOn, places, readFiles } from './step-files.ts'

/** Runs a `run:` step: its script from a file in the temp folder, then what it wrote into its command files. */
export async function runScript(step: RunStep, work: StepWork, contexts: Contexts): Promise<StepEnd> {
  const { state, log, fileKey } = work
  const { shell, cwd, text } = await state.hashes.known(() => evaluated(step, state, contexts))
  const script = scriptOf(fileKey, shell)
  const written = state.writtenAhead.get(fileKey)
  if (written) await written
  else await state.sandbox.writeFile(script, shell.wrap(text))
  const argv = shell.argv(script)
  const result = await state.sandbox.exec(argv, {
    cwd: cwd || undefined,
    env: { ...work.env, ...fileVariables(fileKey) },
    timeoutMs: work.timeoutMs,
    signal: work.signal,
    onOutput: log.output,
  })
  const end = endOfExec(result, work)
  if (end.exitCode === 127 && step.shell) end.reason = `exit code 127: is ${argv[0]} in the sandbox?`
  // In the background the next step may be reading its script already.
  if (state.scope.depth === 0 && !state.inBackground) writeAhead(state, step.number)
  try {
    // A failed step hands on what it wrote, too.
    const outputs = await handOn(work)
    if (end.outcome === 'success' && log.commands.refused) {
      return { ...end, outcome: 'failure', reason: log.commands.refused, outputs }
    }
    return { ...end, outputs }
  } catch (error) {
    return end.outcome === 'success' ? { ...end, ...endOf(error) } : end
  }
}

function evaluated(step: RunStep, state: JobState, contexts: Contexts) {
  // What a workflow takes for granted does not hold inside an action.
  const defaults = state.scope.depth === 0 ? jobOf(state)?.defaults : undefined
  const evaluate = (template: Template | undefined) => template && evaluateTemplate(template.source, contexts)
  return {
    shell: shellOf(step.shell ?? evaluate(defaults?.shell), isInContainer(state)),
    cwd: evaluate(step.workingDirectory ?? defaults?.workingDirectory),
    text: evaluateTemplate(step.run.source, contexts),
  }
}

function isInContainer({ containers }: JobState): boolean {
  return containers['container'] !== undefined
}

function scriptOf(fileKey: string, shell: Shell): string {
  return `${places.temp}/step-${fileKey}.${shell.extension}`
}

/** Writes the next script beside reading this step's files, which saves a round trip, when nothing is left to evaluate. */
function writeAhead(state: JobState, number: number): void {
  const job = jobOf(state)
  const next = job?.steps[number]
  if (next?.kind !== 'run' || next.run.source.includes('${{')) return
  const named = next.shell ?? job?.defaults?.shell?.source
  if (named?.includes('${{')) return
  const shell = shellOf(named, isInContainer(state))
  const written = state.sandbox.writeFile(scriptOf(String(next.number), shell), shell.wrap(next.run.source))
  // Whoever waits for it hears of a failure; a step that is skipped does not.
  written.catch(() => {})
  state.writtenAhead.set(String(next.number), written)
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

/** Takes over what a step said by commands and wrote into its command files, which count more; answers its outputs. */
export async function handOn(work: StepWork): Promise<Record<string, string>> {
  const { state, log } = work
  await log.settled()
  const said = log.commands.takeHandedOn()
  takeOver(work, said)
  const files = await readFiles(state.sandbox, work.fileKey)
  takeOver(work, files)
  if (files.summary === undefined) log.say('stderr', log.commands.complain(summaryTooLong))
  else log.addSummary(files.summary)
  return Object.fromEntries([...said.outputs, ...files.outputs])
}

const summaryTooLong = `the summary in GITHUB_STEP_SUMMARY is longer than ${maxFileBytes / 1024} kB; it was left out`

function takeOver(
  { state, log, keepState }: StepWork,
  handed: Pick<HandedOn, 'env' | 'path' | 'state'>,
): void {
  for (const [key, value] of handed.env) {
    if (key.toUpperCase() === 'NODE_OPTIONS') {
      log.say('stderr', log.commands.complain('NODE_OPTIONS cannot be set for later steps; it was left out'))
    } else state.env = { ...state.env, [key]: value }
  }
  state.path = [...new Set([...handed.path.toReversed(), ...state.path])]
  keepState?.(Object.fromEntries(handed.state))
}
