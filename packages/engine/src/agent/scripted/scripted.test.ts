import { readFile } from 'node:fs/promises'
import { createMemorySandbox } from '@signalbox/testing/memory-sandbox.ts'
import { expect, test } from 'vitest'
import type { AgentEvent, AgentTurn } from '../port.ts'
import { workspacePath } from './apply-edit.ts'
import { parseScript } from './script.ts'
import { createScriptedDriver } from './scripted.ts'

async function play(turns: unknown[], options: Partial<AgentTurn> & { files?: Record<string, string> } = {}) {
  const files = new Map(Object.entries(options.files ?? {}))
  const events: AgentEvent[] = []
  const result = await createScriptedDriver().run({
    sandbox: createMemorySandbox(files, async () => ({ code: 3, stdout: 'two failed\n' })),
    mode: 'work',
    prompt: 'Do it',
    history: [],
    turn: 1,
    settings: { scriptText: JSON.stringify({ version: 1, goals: [{ match: 'do it', turns }] }) },
    env: {},
    ask: async () => ({ allowed: false, by: 'end' }),
    timeoutMs: 10_000,
    onEvent: async (event) => void events.push(event),
    signal: new AbortController().signal,
    ...options,
  })
  return { result, events, files }
}

test('writes, edits, deletes and runs, telling each as it happens', async () => {
  const { result, events, files } = await play(
    [
      {
        say: 'I begin.',
        plan: ['a', 'b'],
        edits: [
          { path: 'src/new.js', content: 'new' },
          { path: 'old.js', find: 'x = 1', replace: 'x = $&2' },
          { path: 'gone.js', delete: true },
        ],
        run: ['npm', 'test'],
      },
    ],
    { files: { '/workspace/old.js': 'let x = 1;', '/workspace/gone.js': '' } },
  )
  expect(result).toEqual({ outcome: 'completed', answer: 'I begin.' })
  expect(Object.fromEntries(files)).toEqual({
    '/workspace/src/new.js': 'new',
    '/workspace/old.js': 'let x = $&2;',
  })
  expect(events.map((e) => ('title' in e ? e.title : e.type))).toEqual([
    'message',
    'plan',
    'Write src/new.js',
    'tool_result',
    'Edit old.js',
    'tool_result',
    'Delete gone.js',
    'tool_result',
    'npm test',
    'output',
    'tool_result',
  ])
  expect(events.at(-1)).toMatchObject({ ok: false, output: 'two failed\n(ended with code 3)' })
})

test.each([
  [{ edits: [{ path: 'a.js', find: 'absent', replace: '' }] }, /does not occur/],
  [{ edits: [{ path: 'a.js', find: 'a', replace: '' }] }, /occurs 2 times/],
  [{ edits: [{ path: 'none.js', find: 'a', replace: '' }] }, /does not exist/],
  [{ edits: [{ path: '../out.js', content: '' }] }, /outside the workspace/],
  [{ edits: [{ path: '.git/hooks/pre-commit', content: '' }] }, /platform alone/],
  [{ expectEvidence: 'ships.test' }, /names "ships.test"/],
])('a step that cannot be played is a failed turn with the reason: %j', async (step, reason) => {
  const { result, files } = await play([step], { files: { '/workspace/a.js': 'aa' } })
  expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(reason) })
  expect(Object.fromEntries(files)).toEqual({ '/workspace/a.js': 'aa' })
})

test('the goal is what the person said first; later prompts are evidence', async () => {
  const { result } = await play([{ say: 'one' }, { say: 'two', expectEvidence: 'Ships.Test failed' }], {
    prompt: 'evidence: ships.test FAILED',
    history: [
      { role: 'person', text: 'do it' },
      { role: 'agent', text: 'one' },
    ],
    turn: 2,
  })
  expect(result).toEqual({ outcome: 'completed', answer: 'two' })
})

test('a plan is told and nothing is touched', async () => {
  const step = { say: 'So:', plan: ['first', 'second'], edits: [{ path: 'a.js', content: 'x' }] }
  const { result, files } = await play([step], { mode: 'plan' })
  expect(result.answer).toBe('Plan (scripted):\n1. first\n2. second')
  expect(files.size).toBe(0)
})

test('a script with no text names the setting', async () => {
  const { result } = await play([], { settings: {} })
  expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('agent.script') })
})

test.each(['a/../../b', '/etc/passwd', '..', '.', './.GIT/config', 'a\0b'])('refuses the path %j', (path) => {
  expect(() => workspacePath(path)).toThrow()
})

test('the sample project brings a script that can be read', async () => {
  const url = new URL('../../../../../fixtures/sample/.signalbox/agent-script.json', import.meta.url)
  expect(parseScript(await readFile(url, 'utf8'))).toMatchObject({ ok: true })
})
