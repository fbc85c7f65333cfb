import type { AgentDriver, AgentEvent, AgentTurn, AgentTurnResult } from './port.ts'

/** What the fake does in one turn. `hang` waits for the cancel or the time-out. */
export interface FakeTurn {
  events?: AgentEvent[]
  /** Written through the sandbox, path absolute inside. */
  files?: Record<string, string>
  hang?: boolean
  result?: AgentTurnResult
  /** Throws instead: the machine could not do its part. */
  crash?: Error
}

/** The fake and what it was asked, in order. */
export interface FakeAgent extends AgentDriver {
  turns: AgentTurn[]
}

/**
 * An agent for tests that does as it is told, one entry a turn, and fails the test when its caller breaks
 * the port's protocol: two turns at once in one sandbox, a turn number that is not 1 or more, a history that
 * already ends with the prompt. Never registered as a driver.
 */
export function createFakeAgent(plays: FakeTurn[]): FakeAgent {
  const queue = [...plays]
  const busy = new Set<string>()
  const turns: AgentTurn[] = []
  return {
    name: 'fake',
    label: 'Fake (for tests)',
    scripted: true,
    turns,
    async run(turn) {
      if (busy.has(turn.sandbox.id))
        throw new Error(`protocol: two turns at once in sandbox ${turn.sandbox.id}`)
      if (!Number.isInteger(turn.turn) || turn.turn < 1)
        throw new Error(`protocol: turn ${turn.turn} does not count from 1`)
      if (turn.history.at(-1)?.text === turn.prompt)
        throw new Error('protocol: the history already holds this prompt')
      busy.add(turn.sandbox.id)
      turns.push(turn)
      try {
        const play = queue.shift()
        if (!play) throw new Error(`the fake agent was told ${plays.length} turns and is asked for another`)
        return await perform(play, turn)
      } finally {
        busy.delete(turn.sandbox.id)
      }
    },
  }
}

async function perform(play: FakeTurn, turn: AgentTurn): Promise<AgentTurnResult> {
  if (play.crash) throw play.crash
  for (const event of play.events ?? []) await turn.onEvent(event)
  for (const [path, text] of Object.entries(play.files ?? {})) await turn.sandbox.writeFile(path, text)
  if (turn.signal.aborted) return { outcome: 'cancelled', answer: '', reason: 'Cancelled.' }
  if (play.hang) return await hang(turn)
  return play.result ?? { outcome: 'completed', answer: 'done' }
}

function hang(turn: AgentTurn): Promise<AgentTurnResult> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve({ outcome: 'timed_out', answer: '', reason: 'Timed out.' }),
      turn.timeoutMs,
    )
    turn.signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve({ outcome: 'cancelled', answer: '', reason: 'Cancelled.' })
    })
  })
}
