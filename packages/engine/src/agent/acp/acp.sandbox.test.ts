import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createBubblewrapProvider } from '../../sandbox/bubblewrap/provider.ts'
import type { Sandbox } from '../../sandbox/port.ts'
import type { AgentEvent, AgentTurn, AgentTurnResult, PermissionRequest } from '../port.ts'
import { createAcpDriver } from './acp.ts'

const dataDir = await mkdtemp(join(tmpdir(), 'acp-'))
const provider = createBubblewrapProvider({ dataDir })
const fixture = await readFile(new URL('acp-agent.fixture.cjs', import.meta.url))
const open: Sandbox[] = []

afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.destroy()
})
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

async function makeSandbox(): Promise<Sandbox> {
  const sandbox = await provider.create({
    id: `acp-${newId()}`,
    ownerId: 'acp-test',
    limits: { memoryBytes: 512 * 1024 * 1024, pids: 256, cpus: 2, diskBytes: 256 * 1024 * 1024 },
    network: { mode: 'none' },
    env: {},
    layers: [],
    detached: false,
  })
  open.push(sandbox)
  await sandbox.writeFile('/tmp/agent.cjs', fixture)
  return sandbox
}

async function play(
  behaviour: string,
  given: Partial<AgentTurn> = {},
): Promise<{ result: AgentTurnResult; events: AgentEvent[] }> {
  const events: AgentEvent[] = []
  const result = await createAcpDriver().run({
    sandbox: given.sandbox ?? (await makeSandbox()),
    mode: 'work',
    prompt: 'The goal',
    history: [],
    turn: 1,
    settings: { command: `node /tmp/agent.cjs ${behaviour}` },
    env: {},
    timeoutMs: 30_000,
    ask: async () => ({ allowed: true, by: 'rule' }),
    onEvent: async (event) => void events.push(event),
    signal: new AbortController().signal,
    ...given,
  })
  return { result, events }
}

test('thoughts, plan, calls with their diffs, words and use become events in their order', async () => {
  const { result, events } = await play('work')
  expect(result).toMatchObject({ outcome: 'completed', answer: 'done' })
  const plan = (one: string, two: string) => ({
    type: 'plan',
    entries: [
      { text: 'Make the file', status: one },
      { text: 'Say so', status: two },
    ],
  })
  expect(events.filter((event) => event.type !== 'output')).toEqual([
    { type: 'thought', text: 'I think about it.' },
    plan('in_progress', 'pending'),
    { type: 'tool_call', id: 'call-1', title: 'Write', kind: 'edit' },
    { type: 'tool_update', id: 'call-1', title: 'Write made.txt', kind: 'edit', locations: ['made.txt:1'] },
    {
      type: 'tool_result',
      id: 'call-1',
      ok: true,
      output: '',
      diff: 'diff --git a/made.txt b/made.txt\nnew file mode 100644\n--- /dev/null\n+++ b/made.txt\n@@ -0,0 +1,1 @@\n+made\n',
    },
    plan('completed', 'completed'),
    { type: 'message', text: 'done' },
    { type: 'usage', inputTokens: 20, outputTokens: 10, cachedTokens: 5, costUsd: 0.25 },
  ])
  expect(JSON.stringify(events)).toContain('A banner before the first message')
  expect(JSON.stringify(events)).not.toContain('an adapter says this')
})

test('a session is taken up in another sandbox: nothing is told twice, and only the share is counted', async () => {
  const first = await play('work')
  const { result, events } = await play('work', { session: first.result.session, turn: 2 })
  expect(result.session?.id).toBe(first.result.session?.id)
  expect(JSON.stringify(events)).not.toContain('replayed')
  expect(events.find((event) => event.type === 'usage')).toEqual({
    type: 'usage',
    inputTokens: 20,
    outputTokens: 10,
    cachedTokens: 5,
    costUsd: 0.25,
  })
  const third = await play('echo', {
    session: result.session,
    turn: 3,
    history: [{ role: 'person', text: 'x' }],
  })
  const heard: unknown = JSON.parse(third.result.answer)
  expect(heard).toMatchObject({ text: 'The goal', remembers: ['The goal', 'The goal', 'The goal'] })
})

test('an agent that cannot take a session up is told what was said before', async () => {
  const first = await play('forgetful')
  const history = [
    { role: 'person', text: 'Water the plants' },
    { role: 'agent', text: 'Done' },
  ] as const
  const { result } = await play('forgetful', {
    session: first.result.session,
    turn: 2,
    history: [...history],
  })
  expect(result.session?.id).not.toBe(first.result.session?.id)
  expect(result.answer).toContain('Water the plants')
})

test('plans in the mode that the agent has for it, and leaves it to work', async () => {
  const planned = await play('echo', { mode: 'plan' })
  expect(JSON.parse(planned.result.answer)).toMatchObject({ mode: 'plan' })
  expect(planned.result.answer).toContain('Only plan now')
  const worked = await play('echo', { session: planned.result.session, turn: 2 })
  expect(JSON.parse(worked.result.answer)).toMatchObject({ mode: 'default' })
})

test('a question reaches who decides, the answer the agent, and the time stands still meanwhile', async () => {
  const asked: PermissionRequest[] = []
  const { result, events } = await play('permission', {
    timeoutMs: 3_000,
    async ask(request) {
      asked.push(request)
      if (request.kind !== 'fetch') return { allowed: true, by: 'person', optionId: 'always' }
      await new Promise((resolve) => setTimeout(resolve, 3_500))
      return { allowed: false, by: 'time' }
    },
  })
  expect(result).toMatchObject({ outcome: 'completed', answer: 'always no' })
  expect(asked.map(({ title, kind }) => [title, kind])).toEqual([
    ['Run the tests', 'execute'],
    ['Open example.org', 'fetch'],
  ])
  const told = events.filter((event) => event.type.startsWith('permission_') || event.type === 'tool_call')
  expect(told).toMatchObject([
    { type: 'tool_call', id: 'p-execute' },
    { type: 'permission_request', id: '1', callId: 'p-execute', options: [{ id: 'yes' }, {}, {}] },
    { type: 'permission_answer', id: '1', allowed: true, by: 'person', optionId: 'always' },
    { type: 'tool_call', id: 'p-fetch' },
    { type: 'permission_request', id: '2' },
    { type: 'permission_answer', id: '2', allowed: false, by: 'time', optionId: 'no' },
  ])
})

test('a cancel while somebody is asked ends the turn', async () => {
  const cancel = new AbortController()
  const { result } = await play('permission', {
    signal: cancel.signal,
    ask: () =>
      new Promise((resolve) => {
        cancel.signal.addEventListener('abort', () => resolve({ allowed: false, by: 'end' }))
        cancel.abort()
      }),
  })
  expect(result.outcome).toBe('cancelled')
})

test.each([
  ['busy', { retryable: true, reason: expect.stringContaining('429') }],
  ['fails', { reason: expect.stringContaining('the model said no'), retryable: false }],
  ['crash', { retryable: true, reason: expect.stringMatching(/code 9\..*met its end/) }],
  ['refuses', { reason: expect.stringContaining('refused') }],
  ['version', { reason: expect.stringContaining('version 7') }],
])('a turn of an agent that %s fails with a reason', async (behaviour, expected) => {
  const { result } = await play(behaviour)
  expect(result).toMatchObject({ outcome: 'failed', ...expected })
})

test('signs in with a key when the agent wants it, and says so when it cannot', async () => {
  expect((await play('locked')).result.outcome).toBe('completed')
})

test('a command that is not there is named, with what to do', async () => {
  const { result } = await play('', { settings: { command: 'no-such-agent --acp' } })
  expect(result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/not found in the sandbox.*no-such-agent.*agents\.md/),
  })
})

test('an agent that never says a word ends with the time', async () => {
  const { result } = await play('silent', { timeoutMs: 500 })
  expect(result.outcome).toBe('timed_out')
})

test('garbage of every kind is passed over, and what it asks for outside the protocol is refused', async () => {
  const { result, events } = await play('garbage')
  expect(result).toMatchObject({ outcome: 'completed', answer: 'still here\uFFFD\uFFFD' })
  expect(JSON.stringify(events)).not.toContain('\\u0000')
})

test('a flood of events is cut with a notice, and the turn goes on to its end', async () => {
  const { result, events } = await play('flood')
  expect(result).toMatchObject({ outcome: 'completed', answer: 'the end' })
  expect(events.length).toBeLessThan(1_600)
  expect(JSON.stringify(events)).toContain('the rest is not kept')
})

test('events that cannot be stored end the agent, and the error is ours', async () => {
  await expect(play('work', { onEvent: () => Promise.reject(new Error('no database')) })).rejects.toThrow(
    'no database',
  )
})

test('runs as an ordinary user with what it is given in its environment, and nothing of ours', async () => {
  const { result } = await play('environment', {
    env: { OPENAI_BASE_URL: 'http://127.0.0.1:3128/model/openai/v1' },
  })
  const env: unknown = JSON.parse(result.answer)
  expect(env).toMatchObject({ OPENAI_BASE_URL: 'http://127.0.0.1:3128/model/openai/v1', HOME: '/home/sbx' })
  expect(Object.keys(env ?? {}).filter((name) => /KEY|TOKEN|DATABASE/.test(name))).toEqual([])
})
