import { createMemorySandbox, type MemoryExec } from '@signalbox/testing/memory-sandbox.ts'
import { expect, test } from 'vitest'
import type { AgentTurn } from '../port.ts'
import { createExecDriver } from './exec.ts'

async function run(exec: MemoryExec, options: Partial<AgentTurn> = {}) {
  const files = new Map<string, string>()
  const result = await createExecDriver().run({
    sandbox: createMemorySandbox(files, exec),
    mode: 'plan',
    prompt: 'Make it so',
    history: [{ role: 'person', text: 'before' }],
    turn: 2,
    settings: { command: 'agent "$SIGNALBOX_GOAL_FILE"' },
    env: {},
    ask: async () => ({ allowed: false, by: 'end' }),
    timeoutMs: 5_000,
    onEvent: async () => undefined,
    signal: new AbortController().signal,
    ...options,
  })
  return { result, files }
}

test('hands over goal, history, mode and turn outside the workspace, and reads the answer file', async () => {
  const { result } = await run(async (argv, { env, cwd }, files) => {
    expect(argv).toEqual(['bash', '-c', 'agent "$SIGNALBOX_GOAL_FILE"'])
    expect(cwd).toBe('/workspace')
    expect(env).toMatchObject({ SIGNALBOX_MODE: 'plan', SIGNALBOX_TURN: '2' })
    expect(files.get(env?.['SIGNALBOX_GOAL_FILE'] ?? '')).toBe('Make it so')
    expect(JSON.parse(files.get(env?.['SIGNALBOX_HISTORY_FILE'] ?? '') ?? '')).toEqual([
      { role: 'person', text: 'before' },
    ])
    expect(env?.['SIGNALBOX_GOAL_FILE']).not.toMatch(/^\/workspace/)
    files.set(env?.['SIGNALBOX_ANSWER_FILE'] ?? '', ' the answer\n')
    return { stdout: 'chatter\n' }
  })
  expect(result).toEqual({ outcome: 'completed', answer: 'the answer' })
})

test('an empty command names the missing setting', async () => {
  const { result } = await run(async () => undefined, { settings: { command: '  ' } })
  expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('agent.command') })
})

test.each([
  [{ code: 3 }, 'failed', /code 3/],
  [{ code: null, signal: 'SIGSEGV' }, 'failed', /SIGSEGV/],
  [{ code: null, killedBy: 'oom' as const }, 'failed', /memory/],
  [{ code: null, killedBy: 'timeout' as const }, 'timed_out', /5 s/],
  [{ code: null, killedBy: 'cancel' as const }, 'cancelled', /Cancelled/],
  [{ code: null, killedBy: 'sandbox-lost' as const }, 'failed', /sandbox ended/],
])('%j ends the turn as %s', async (ending, outcome, reason) => {
  const { result } = await run(async () => ({ ...ending, stdout: 'last words\n' }))
  expect(result).toMatchObject({ outcome, answer: 'last words', reason: expect.stringMatching(reason) })
})

test("events that cannot be stored end the command and are the platform's error", async () => {
  let ended = false
  const turn = run(
    async (_argv, { signal, onOutput }) => {
      await onOutput?.('stdout', Buffer.from('x\n'))
      ended = signal?.aborted ?? false
      return { code: null, killedBy: 'cancel' }
    },
    { onEvent: () => Promise.reject(new Error('store lost')) },
  )
  await expect(turn).rejects.toThrow('store lost')
  expect(ended).toBe(true)
})
