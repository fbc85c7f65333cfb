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

test('usage is summed; none said is none', () => {
  expect(usageOf([entry('message', 'x')])).toBeNull()
  const said = [entry('usage', '', { inputTokens: 2, costUsd: 0.5 }), entry('usage', '', { inputTokens: 3 })]
  expect(usageOf(said)).toEqual({ inputTokens: 5, outputTokens: 0, costUsd: 0.5 })
})
