import { Failure } from '@signalbox/core/base/failure.ts'
import type { AgentTurn } from '../port.ts'
import type { Script, ScriptGoal, ScriptTurn } from './script.ts'

/** Begins every plan that a script gives, and is how a later turn knows that a plan was given. */
export const planHead = 'Plan (scripted):'

/** The goal by exact title, else the first whose words occur in it. Failure `goal-unknown` lists those known. */
export function chooseGoal(script: Script, goal: string): ScriptGoal {
  const wanted = normal(goal)
  const found =
    script.goals.find((g) => g.title && normal(g.title) === wanted) ??
    script.goals.find((g) => wanted.includes(normal(g.match)))
  if (found) return found
  const known = script.goals.map((g) => `"${g.title ?? g.match}"`).join(', ')
  throw new Failure(
    'goal-unknown',
    `The scripted agent plays a file and does not know this goal. It knows: ${known}.`,
  )
}

/**
 * Which turn of the script comes now: the next of the mode asked for. How many of them were played is read
 * from the conversation, as a worker that takes over has nothing else. A goal without turns of mode plan
 * gives the `plan` of its next working turn, and does nothing else of it. Failure `script-ended`.
 */
export function chooseTurn(goal: ScriptGoal, turn: Pick<AgentTurn, 'mode' | 'turn' | 'history'>): ScriptTurn {
  const plans = turn.history.filter((h) => h.role === 'agent' && h.text.startsWith(planHead)).length
  const works = Math.max(0, turn.turn - 1 - plans)
  const ofMode = (mode: AgentTurn['mode']) => goal.turns.filter((t) => t.mode === mode)
  const found = ofMode(turn.mode)[turn.mode === 'plan' ? plans : works]
  if (found) return found
  const working = turn.mode === 'plan' && ofMode('plan').length === 0 ? ofMode('work')[works] : undefined
  if (working?.plan) return { mode: 'plan', plan: working.plan, edits: [], delayMs: working.delayMs }
  const count = ofMode(turn.mode).length
  throw new Failure(
    'script-ended',
    `The script has ${count} turn${count === 1 ? '' : 's'} of mode ${turn.mode} for the goal "${goal.title ?? goal.match}", and no more.`,
  )
}

function normal(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase()
}
