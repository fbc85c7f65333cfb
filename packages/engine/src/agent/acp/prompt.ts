import type { AgentTurn } from '../port.ts'

const maxHistoryChars = 40_000

const planOnly =
  'Only plan now: read what you need, change no file, and answer with the plan, step by step. It will be confirmed before you carry it out.'

/** What the agent is told: the prompt, and before it the conversation when the agent does not remember it. */
export function promptText(
  turn: Pick<AgentTurn, 'mode' | 'prompt' | 'history'>,
  options: { resumed: boolean },
): string {
  const parts: string[] = []
  if (!options.resumed && turn.history.length > 0) {
    const said = turn.history.map(({ role, text }) => `${names[role]}:\n${text}`).join('\n\n')
    parts.push(`This conversation came before. The workspace holds what was done in it.\n\n${lastPart(said)}`)
  }
  parts.push(turn.prompt)
  if (turn.mode === 'plan') parts.push(planOnly)
  return parts.join('\n\n---\n\n')
}

const names = { person: 'A person', platform: 'Signalbox', agent: 'You' }

function lastPart(text: string): string {
  return text.length <= maxHistoryChars ? text : `[…]\n${text.slice(-maxHistoryChars).toWellFormed()}`
}
