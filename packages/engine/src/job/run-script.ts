import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { RunStep } from '@signalbox/core/workflow/model.ts'
import type { ExecResult } from '../sandbox/port.ts'
import type { StepEnd, StepWork } from './run-step.ts'
import { endOf } from './run-step.ts'
import { shellArgv } from './shells.ts'
import { fileVariables, places, readFiles } from './step-files.ts'

/** Runs a `run:` step: its script from a file in the temp folder, then what it wrote into its command files. */
export async function runScript(step: RunStep, work: StepWork, contexts: Contexts): Promise<StepEnd> {
  const { state, log } = work
  const script = `${places.temp}/step-${step.number}.sh`
  const text = evaluateTemplate(step.run.source, contexts)
  await state.sandbox.writeFile(script, text.endsWith('\n') ? text : `${text}\n`)
  const cwd = step.workingDirectory ? evaluateTemplate(step.workingDirectory.source, contexts) : undefined
  const result = await state.sandbox.exec(shellArgv(step.shell, script), {
    cwd: cwd || undefined,
    env: { ...work.env, ...fileVariables(step.number) },
    timeoutMs: work.timeoutMs,
    signal: work.signal,
    onOutput: log.output,
  })
  const end = endOfExec(result, work)
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
      return { outcome: 'cancelled', exitCode, reason: 'it was cancelled', outputs: {} }
    case 'oom':
      return { outcome: 'failure', exitCode, reason: 'it ran out of memory', outputs: {} }
    case 'sandbox-lost':
      return { outcome: 'failure', exitCode, reason: 'the sandbox ended under it', outputs: {} }
  }
  if (result.code === 0) return { outcome: 'success', exitCode: 0, outputs: {} }
  const reason =
    result.code === null ? `it was ended by ${result.signal ?? 'a signal'}` : `exit code ${result.code}`
  return { outcome: 'failure', exitCode, reason, outputs: {} }
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
