import { expect, test } from 'vitest'
import { OutputCollector } from './output.ts'
import type { AgentEvent } from './port.ts'

function collect() {
  const events: AgentEvent[] = []
  const collector = new OutputCollector(async (event) => void events.push(event))
  const texts = () => events.map((e) => (e.type === 'output' ? `${e.stream}: ${e.text}` : ''))
  return { collector, events, texts }
}

test('passes on whole lines, characters cut between chunks put together', async () => {
  const { collector, texts } = collect()
  const bytes = Buffer.from('grüße\nrest')
  await collector.take('stdout', bytes.subarray(0, 3))
  await collector.take('stderr', Buffer.from('aside\n'))
  await collector.take('stdout', bytes.subarray(3))
  await collector.end()
  expect(texts()).toEqual(['stderr: aside\n', 'stdout: grüße\n', 'stdout: rest\n'])
  expect(collector.tail()).toBe('grüße\nrest')
})

test('replaces NUL and broken UTF-8', async () => {
  const { collector, texts } = collect()
  await collector.take('stdout', Uint8Array.from([0, 0xff, 0xc3, 10, 0xe2, 0x82]))
  await collector.end()
  expect(texts()).toEqual(['stdout: \uFFFD\uFFFD\uFFFD\n', 'stdout: \uFFFD\n'])
})

test('a line without end is passed on in pieces, and the answer is the last lines', async () => {
  const { collector, events } = collect()
  await collector.take('stdout', Buffer.alloc(200_000, 'x'))
  expect(events.length).toBeGreaterThan(1)
  await collector.take('stdout', Buffer.from(`\n${'line\n'.repeat(100)}last\n`))
  await collector.end()
  expect(collector.tail().split('\n')).toHaveLength(40)
  expect(collector.tail()).toMatch(/last$/)
})

test('cuts a turn at 2 MB, once, and still knows the last words', async () => {
  const { collector, texts } = collect()
  for (let i = 0; i < 50; i++) await collector.take('stdout', Buffer.from(`${'y'.repeat(65_000)}\n`))
  await collector.take('stdout', Buffer.from('the end\n'))
  await collector.end()
  const all = texts().join('')
  expect(all.length).toBeLessThan(2.2 * 1024 * 1024)
  expect(all.match(/is not kept/g)).toHaveLength(1)
  expect(collector.tail()).toMatch(/the end$/)
})
