import { expect, test } from 'vitest'
import type { AgentEvent } from '../port.ts'
import { diffOf, UpdateTranslator } from './updates.ts'

async function toldOf(rawOutput: unknown, content?: { type: string; [key: string]: unknown }[]) {
  const told: AgentEvent[] = []
  const updates = new UpdateTranslator(async (event) => void told.push(event), {})
  await updates.tool({ toolCallId: '1', status: 'completed', rawInput: rawOutput, rawOutput, content })
  return told
}

test('output that is nested without end is told in bounded words', async () => {
  const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
  expect(await toldOf(nested(500_000))).toMatchObject([
    { type: 'tool_call', input: '[nested too deeply]' },
    { type: 'tool_result', output: '[nested too deeply]' },
  ])
  const [, result] = await toldOf(nested(3000))
  expect(result).toMatchObject({ output: '['.repeat(3000) + ']'.repeat(3000) })
  expect((await toldOf({ a: [1] }))[1]).toMatchObject({ output: '{\n  "a": [\n    1\n  ]\n}' })
})

test('of a message with very many changed files only the first ones are compared', () => {
  const parts = Array.from({ length: 5000 }, (_, n) => ({
    type: 'diff' as const,
    path: `/workspace/f${n}`,
    oldText: 'a\n',
    newText: 'b\n',
  }))
  const diff = diffOf(parts) ?? ''
  expect(diff.match(/^diff --git/gm)).toHaveLength(20)
  expect(diff).toMatch(/further files are left out\.\n$/)
})
