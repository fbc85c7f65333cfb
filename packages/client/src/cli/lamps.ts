import type { ChangeSummary } from '@signalbox/core/contract/views/changes.ts'
import type { Lamp, Signal } from '@signalbox/core/domain/strip.ts'
import type { Style } from './style.ts'

/** Each lamp has a shape of its own beside its colour: it reads without colours too. */
export const lampLooks: Record<Lamp, { shape: string; word: string; color: keyof Style }> = {
  off: { shape: '○ ', word: 'not reached', color: 'dim' },
  skipped: { shape: '○-', word: 'passed over', color: 'dim' },
  moving: { shape: '●>', word: 'moving', color: 'blue' },
  clear: { shape: '●✓', word: 'clear', color: 'green' },
  waiting: { shape: '●?', word: 'waits for a person', color: 'yellow' },
  stopped: { shape: '●✗', word: 'stopped', color: 'red' },
}

/** One lamp: `●✓`. */
export function lamp(name: Lamp, style: Style): string {
  const { shape, color } = lampLooks[name]
  return style[color](shape)
}

/** All stages with their names, one line. */
export function longStrip(signals: readonly Signal[], style: Style): string {
  return signals.map(({ stage, lamp: name }) => `${lamp(name, style)} ${stage}`).join('  ')
}

/** One character for each stage, for lists: `✓✓✓>○○○○○○`. */
export function shortStrip(signals: readonly Signal[], style: Style): string {
  return signals
    .map(({ lamp: name }) => {
      const { shape, color } = lampLooks[name]
      return style[color](shape[1]?.trim() || '○')
    })
    .join('')
}

/** The state of a change in words: `waiting for merge`, `completed: deployed`. */
export function stateOf(change: Pick<ChangeSummary, 'status' | 'conclusion' | 'waitingFor'>): string {
  if (change.status === 'waiting') return `waiting for ${waitingWords[change.waitingFor ?? 'help']}`
  if (change.waitingFor === 'permission') return `working, and waiting for ${waitingWords.permission}`
  if (change.status === 'completed') return (change.conclusion ?? 'completed').replaceAll('_', ' ')
  return change.status
}

const waitingWords: Record<NonNullable<ChangeSummary['waitingFor']>, string> = {
  plan: 'your word on the plan',
  merge: 'you to merge',
  approval: 'your approval',
  help: 'your help',
  permission: 'your answer to the agent',
}

const badEnds: readonly ChangeSummary['conclusion'][] = [
  'rolled_back',
  'deploy_failed',
  'rejected',
  'cancelled',
]

/** Whether somebody who waited for this change should be alarmed. */
export function endedBadly(change: Pick<ChangeSummary, 'status' | 'conclusion' | 'waitingFor'>): boolean {
  if (change.status === 'completed') return badEnds.includes(change.conclusion)
  return change.waitingFor === 'help'
}

const conclusionLooks: Record<string, [shape: string, color: keyof Style]> = {
  success: ['✓', 'green'],
  live: ['✓', 'green'],
  failure: ['✗', 'red'],
  failed: ['✗', 'red'],
  timed_out: ['✗', 'red'],
  rolled_back: ['✗', 'red'],
  cancelled: ['!', 'yellow'],
  action_required: ['?', 'yellow'],
  skipped: ['-', 'dim'],
  neutral: ['-', 'dim'],
  superseded: ['-', 'dim'],
}

/** Status and conclusion of a run, job, step or deployment with its shape: `✓ success`, `> in progress`. */
export function progress(status: string, conclusion: string | null, style: Style): string {
  if (conclusion === null) {
    const moving = status !== 'queued'
    return moving ? style.blue(`> ${status.replaceAll('_', ' ')}`) : style.dim(`○ ${status}`)
  }
  const [shape, color] = conclusionLooks[conclusion] ?? ['?', 'yellow']
  return style[color](`${shape} ${conclusion.replaceAll('_', ' ')}`)
}
