import type { ConversationEntry } from '@signalbox/core/contract/views/agents.ts'
import { expect, test } from 'vitest'
import { foldConversation, usageOf } from './conversation.ts'

let seq = 0
function entry(
  kind: ConversationEntry['kind'],
  text = '',
  data: Record<string, unknown> = {},
  turn = 1,
): ConversationEntry {
  seq += 1
  return { turn, seq, at: '2026-01-01T00:00:00.000Z', role: 'agent', kind, text, data }
}

test('a tool call joins its result, also when calls overlap', () => {
  const [turn] = foldConversation([
    entry('tool_call', '', { id: 'a', title: 'A' }),
    entry('tool_call', '', { id: 'b', title: 'B' }),
    entry('tool_result', '', { id: 'a', ok: true, output: 'of a' }),
    entry('tool_result', '', { id: 'b', ok: false, output: 'of b' }),
  ])
  expect(turn?.items).toMatchObject([
    { title: 'A', output: 'of a', state: 'ok' },
    { title: 'B', output: 'of b', state: 'failed' },
  ])
})

test('neighbouring output is one, and a newer plan replaces the older', () => {
  const plan = (status: string) => entry('plan', '', { entries: [{ text: 'x', status }] })
  const [turn] = foldConversation([
    plan('pending'),
    entry('output', 'a'),
    entry('output', 'b'),
    plan('completed'),
  ])
  expect(turn?.items).toMatchObject([
    { kind: 'plan', entries: [{ text: 'x', status: 'completed' }] },
    { kind: 'output', text: 'a\nb' },
  ])
})

test('an answer that stands only at the end of the turn is said once', () => {
  const end = (text: string) => entry('end', text, { outcome: 'completed' })
  expect(foldConversation([entry('output', 'x'), end('Done.')])[0]?.items.at(-1)).toMatchObject({
    text: 'Done.',
  })
  expect(foldConversation([entry('message', 'Done.'), end('Done.')])[0]?.items).toHaveLength(1)
})

test('a failed end says why', () => {
  const [turn] = foldConversation([entry('end', 'It ran out of time.', { outcome: 'timed_out' })])
  expect(turn?.items).toMatchObject([{ kind: 'end', text: 'It ran out of time.' }])
})

test('turns are kept apart, and garbage in data does not throw', () => {
  const turns = foldConversation([
    entry('plan', 'as text', { entries: 'no list' }),
    entry('message', 'hi', {}, 2),
  ])
  expect(turns.map((turn) => turn.turn)).toEqual([1, 2])
})

test('streamed words are one, thoughts stand apart, and an update renames its call', () => {
  const [turn] = foldConversation([
    entry('thought', 'I th'),
    entry('thought', 'ink', { more: true }),
    entry('message', 'Hel'),
    entry('message', 'lo', { more: true }),
    entry('message', 'Another'),
    entry('tool_call', '', { id: 'a', title: 'Write' }),
    entry('tool_update', '', { id: 'a', title: 'Write a.js', locations: ['a.js:1', 7] }),
    entry('tool_result', '', { id: 'a', ok: true, diff: 'diff --git a/a.js b/a.js' }),
  ])
  expect(turn?.items).toMatchObject([
    { kind: 'thought', text: 'I think' },
    { kind: 'message', text: 'Hello' },
    { kind: 'message', text: 'Another' },
    { title: 'Write a.js', locations: ['a.js:1'], diff: 'diff --git a/a.js b/a.js', state: 'ok' },
  ])
})

test('what people and time answered is shown, what a rule allows is not', () => {
  const asks = (id: string, title: string) => entry('permission_request', title, { id, title })
  const [turn] = foldConversation([
    asks('1', 'Run the tests'),
    entry('permission_answer', 'Allowed by the rules', { id: '1', allowed: true, by: 'rule' }),
    asks('2', 'Open a page'),
    entry('permission_answer', 'Not allowed by a person', { id: '2', allowed: false, by: 'person' }),
  ])
  expect(turn?.items).toMatchObject([{ kind: 'permission', title: 'Open a page', allowed: false }])
})

test('usage is summed; none said is none', () => {
  expect(usageOf([entry('message', 'x')])).toBeNull()
  const said = [entry('usage', '', { inputTokens: 2, costUsd: 0.5 }), entry('usage', '', { inputTokens: 3 })]
  expect(usageOf(said)).toEqual({ inputTokens: 5, outputTokens: 0, costUsd: 0.5 })
})
