import type { AgentDriver, AgentEvent, AgentTurn, AgentTurnResult } from '@signalbox/engine/agent/port.ts'
import type { Sandbox } from '@signalbox/engine/sandbox/port.ts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

/** What an agent is made to do: how it ends, what it leaves. Names the file `made.txt` and the answer `done`. */
export type AgentBehaviour =
  | 'writes made.txt and answers done'
  | 'fails'
  | 'hangs'
  | 'hangs with children in other sessions'
  | 'leaves a daemon and ends'
  | 'prints garbage bytes'
  | 'prints 5 MB'
  | 'deletes .git'
  | 'deletes the whole workspace'

/** A driver under test: what it does follows from settings; behaviours it cannot have are left out. */
export interface AgentUnderTest {
  /** A driver (fresh for each turn) and its settings for a behaviour. */
  drivers: Partial<Record<AgentBehaviour, () => { driver: AgentDriver; settings: Record<string, string> }>>
  sandbox(): Promise<Sandbox>
  /** The processes of the agent that are still there. Absent: it has none by its nature. */
  leftovers?(sandbox: Sandbox): Promise<string[]>
}

/** The contract of the agent port, for every driver. */
export function describeAgentContract(name: string, under: AgentUnderTest): void {
  describe(`agent contract: ${name}`, () => {
    let sandbox: Sandbox
    beforeEach(async () => {
      sandbox = await under.sandbox()
    })
    afterEach(async () => {
      await sandbox.destroy()
    })

    /** Runs a turn; `act` may cancel it once events or the sandbox show that it is under way. */
    async function turn(
      behaviour: AgentBehaviour,
      options: { timeoutMs?: number; signal?: AbortSignal } = {},
    ) {
      const make = under.drivers[behaviour]
      if (!make) throw new Error(`no driver for: ${behaviour}`)
      const { driver, settings } = make()
      const events: AgentEvent[] = []
      let storing = 0
      const result = await driver.run({
        sandbox,
        mode: 'work',
        prompt: 'The goal',
        history: [],
        turn: 1,
        settings,
        env: {},
        ask: async () => ({ allowed: false, by: 'end' }),
        timeoutMs: options.timeoutMs ?? 30_000,
        signal: options.signal ?? new AbortController().signal,
        async onEvent(event) {
          expect(++storing, 'events come one after the other').toBe(1)
          await Promise.resolve()
          storing -= 1
          events.push(event)
        },
      } satisfies AgentTurn)
      return { result, events }
    }

    async function expectNothingLeft() {
      if (under.leftovers) expect(await under.leftovers(sandbox)).toEqual([])
    }

    function contract(behaviour: AgentBehaviour, title: string, body: () => Promise<void>) {
      if (under.drivers[behaviour]) test(title, body)
    }

    const text = (events: AgentEvent[]) => events.map((e) => (e.type === 'output' ? e.text : '')).join('')

    contract(
      'writes made.txt and answers done',
      'does its work, answers, and calls have their results',
      async () => {
        const { result, events } = await turn('writes made.txt and answers done')
        expect(result).toMatchObject({ outcome: 'completed', answer: 'done' } satisfies AgentTurnResult)
        const file = await sandbox.readFile('/workspace/made.txt', { maxBytes: 100 })
        expect(file && Buffer.from(file).toString()).toContain('made')
        const calls = events.flatMap((e) => (e.type === 'tool_call' ? [e.id] : []))
        const results = events.flatMap((e) => (e.type === 'tool_result' ? [e.id] : []))
        expect(results).toEqual(calls)
      },
    )

    contract('fails', 'a failed turn is a result with a reason', async () => {
      const { result } = await turn('fails')
      expect(result.outcome).toBe('failed')
      expect(result.reason).toMatch(/\w+ \w+/)
    })

    contract('hangs', 'ends by itself when its time is over', async () => {
      const { result } = await turn('hangs', { timeoutMs: 500 })
      expect(result.outcome).toBe('timed_out')
      await expectNothingLeft()
    })

    contract('hangs', 'a cancel before it begins is a cancelled turn', async () => {
      const { result } = await turn('hangs', { signal: AbortSignal.abort() })
      expect(result.outcome).toBe('cancelled')
    })

    for (const behaviour of ['hangs', 'hangs with children in other sessions'] as const) {
      contract(behaviour, `a cancel leaves no process: ${behaviour}`, async () => {
        const cancel = new AbortController()
        const running = turn(behaviour, { signal: cancel.signal })
        if (under.leftovers) {
          const begun = behaviour === 'hangs' ? 1 : 3
          await vi.waitFor(async () => {
            expect((await under.leftovers?.(sandbox))?.length).toBeGreaterThanOrEqual(begun)
          }, 10_000)
        }
        cancel.abort()
        expect((await running).result.outcome).toBe('cancelled')
        await expectNothingLeft()
      })
    }

    contract('leaves a daemon and ends', 'a daemon left behind is ended with the turn', async () => {
      const { result } = await turn('leaves a daemon and ends')
      expect(result.outcome).toBe('completed')
      await expectNothingLeft()
    })

    contract('prints garbage bytes', 'garbage is passed on as text that a database can hold', async () => {
      const { result, events } = await turn('prints garbage bytes')
      expect(result.outcome).toBe('completed')
      expect(text(events).length).toBeGreaterThan(0)
      expect(text(events)).not.toContain('\0')
      expect(text(events).isWellFormed()).toBe(true)
    })

    contract('prints 5 MB', 'huge output is cut with a notice, in pieces of bounded size', async () => {
      const { result, events } = await turn('prints 5 MB')
      expect(result.outcome).toBe('completed')
      expect(text(events).length).toBeLessThan(2.2 * 1024 * 1024)
      expect(text(events)).toContain('is not kept')
      for (const event of events)
        if (event.type === 'output') expect(event.text.length).toBeLessThanOrEqual(64 * 1024)
    })

    for (const behaviour of ['deletes .git', 'deletes the whole workspace'] as const) {
      contract(
        behaviour,
        `an agent that ${behaviour} ends as any other, and the sandbox goes on`,
        async () => {
          const { result } = await turn(behaviour)
          expect(result.outcome).toBe('completed')
          expect((await sandbox.exec(['true'], { cwd: '/' })).code).toBe(0)
        },
      )
    }
  })
}
