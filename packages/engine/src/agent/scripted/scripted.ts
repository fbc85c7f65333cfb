import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { OutputCollector } from '../output.ts'
import type { AgentDriver, AgentTurn, AgentTurnResult } from '../port.ts'
import { endNewProcesses, listProcesses } from '../sweep.ts'
import { applyEdit } from './apply-edit.ts'
import { chooseGoal, chooseTurn, planHead } from './choose-turn.ts'
import { parseScript, type Script, type ScriptEdit, type ScriptTurn } from './script.ts'

const maxToolOutput = 4_000

/**
 * Plays a script file (`script.ts`) whose text is in `settings.scriptText`: no model, no key. Everything that
 * it shows, it does: files and commands go through the sandbox. What the script does not know is a failed turn.
 */
export function createScriptedDriver(): AgentDriver {
  return { name: 'scripted', label: 'Scripted (plays a file, no model)', scripted: true, run }
}

async function run(turn: AgentTurn): Promise<AgentTurnResult> {
  const limit = AbortSignal.timeout(turn.timeoutMs)
  const signal = AbortSignal.any([turn.signal, limit])
  try {
    signal.throwIfAborted()
    const goal = turn.history.find((h) => h.role === 'person')?.text ?? turn.prompt
    const step = chooseTurn(chooseGoal(readScript(turn), goal), turn)
    checkEvidence(step, turn.prompt)
    if (step.delayMs > 0) await delay(step.delayMs, undefined, { signal })
    const answer = await play(step, turn, signal)
    return { outcome: 'completed', answer }
  } catch (error) {
    if (turn.signal.aborted)
      return { outcome: 'cancelled', answer: '', reason: 'Cancelled; its processes have ended.' }
    if (limit.aborted) {
      return {
        outcome: 'timed_out',
        answer: '',
        reason: `The script did not end within ${turn.timeoutMs / 1000} s.`,
      }
    }
    if (error instanceof Failure) return { outcome: 'failed', answer: '', reason: error.message }
    throw error
  }
}

function readScript(turn: AgentTurn): Script {
  const parsed = parseScript(turn.settings['scriptText'])
  if (parsed.ok) return parsed.script
  throw new Failure('script-invalid', parsed.reason)
}

function checkEvidence({ expectEvidence }: ScriptTurn, prompt: string): void {
  if (!expectEvidence || prompt.toLowerCase().includes(expectEvidence.toLowerCase())) return
  throw new Failure(
    'evidence-missing',
    `The script's turn answers evidence that names "${expectEvidence}"; what it was given does not.`,
  )
}

async function play(step: ScriptTurn, turn: AgentTurn, signal: AbortSignal): Promise<string> {
  if (step.say) await turn.onEvent({ type: 'message', text: step.say })
  if (step.plan) {
    const entries = step.plan.map((text) => ({ text, status: 'pending' as const }))
    await turn.onEvent({ type: 'plan', entries })
  }
  for (const [i, edit] of step.edits.entries()) {
    signal.throwIfAborted()
    await playEdit(`edit-${turn.turn}-${i + 1}`, edit, turn)
  }
  if (step.run) await playCommand(step, step.run, turn, signal)
  if (step.mode === 'plan') return planText(step)
  return step.say ?? `${step.edits.length} file${step.edits.length === 1 ? '' : 's'} edited from the script.`
}

function planText({ plan, say }: ScriptTurn): string {
  const lines = (plan ?? []).map((text, i) => `${i + 1}. ${text}`)
  return [planHead, ...(say ? [say] : []), ...lines].join('\n')
}

async function playEdit(id: string, edit: ScriptEdit, turn: AgentTurn): Promise<void> {
  const verb = 'content' in edit ? 'Write' : 'delete' in edit ? 'Delete' : 'Edit'
  await turn.onEvent({ type: 'tool_call', id, title: `${verb} ${edit.path}` })
  try {
    await applyEdit(turn.sandbox, edit)
  } catch (error) {
    if (error instanceof Failure)
      await turn.onEvent({ type: 'tool_result', id, ok: false, output: error.message })
    throw error
  }
  await turn.onEvent({ type: 'tool_result', id, ok: true, output: '' })
}

async function playCommand(
  step: ScriptTurn,
  argv: string[],
  turn: AgentTurn,
  signal: AbortSignal,
): Promise<void> {
  const id = `run-${turn.turn}`
  const title = step.tool ?? argv.join(' ')
  await turn.onEvent({ type: 'tool_call', id, title, input: JSON.stringify(argv) })
  const output = new OutputCollector(turn.onEvent)
  const before = await listProcesses(turn.sandbox)
  let lost: unknown
  const broken = new AbortController()
  const result = await turn.sandbox.exec(argv, {
    cwd: '/workspace',
    signal: AbortSignal.any([signal, broken.signal]),
    onOutput: async (stream, chunk) => {
      if (lost) return
      await output.take(stream, chunk).catch((error) => {
        lost = error
        broken.abort()
      })
    },
  })
  const remaining = await endNewProcesses(turn.sandbox, before)
  if (lost) throw lost
  await output.end()
  signal.throwIfAborted()
  if (remaining > 0)
    throw new Failure('processes-remain', `${remaining} processes of the script could not be ended.`)
  const end = result.code === null ? (result.killedBy ?? result.signal ?? 'a signal') : `code ${result.code}`
  const text = `${output.tail()}\n(ended with ${end})`.trim().slice(-maxToolOutput)
  await turn.onEvent({ type: 'tool_result', id, ok: result.code === 0, output: text })
}
