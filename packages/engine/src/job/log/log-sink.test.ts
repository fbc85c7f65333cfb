import { describe, expect, it } from 'vitest'
import type { LogLine } from '../port.ts'
import { batchLines, createLogSink } from './log-sink.ts'

function line(text: string): LogLine {
  return { at: 0, stream: 'stdout', text }
}

describe('createLogSink', () => {
  it('hands lines on in order, one bounded batch at a time', async () => {
    const seen: string[] = []
    let busy = 0
    const sink = createLogSink(
      async (lines) => {
        expect(++busy).toBe(1)
        expect(lines.length).toBeLessThanOrEqual(batchLines)
        await new Promise((resolve) => setImmediate(resolve))
        seen.push(...lines.map((l) => l.text))
        busy--
      },
      () => performance.now(),
    )
    for (let i = 0; i < 2_000; i++) {
      sink.add(line(String(i)))
      await sink.room()
    }
    await sink.drain()
    expect(seen).toEqual(Array.from({ length: 2_000 }, (_, i) => String(i)))
  })

  it('asks its writer to wait while lines are piling up', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const sink = createLogSink(
      () => gate,
      () => performance.now(),
    )
    for (let i = 0; i < batchLines; i++) sink.add(line('x'))
    expect(sink.room()).toBeUndefined()
    for (let i = 0; i < batchLines; i++) sink.add(line('x'))
    const room = sink.room()
    expect(room).toBeInstanceOf(Promise)
    release()
    await room
    expect(sink.room()).toBeUndefined()
    await sink.drain()
  })

  it('hands a single line on by itself', async () => {
    const first = await new Promise<LogLine[]>((resolve) => {
      const sink = createLogSink(
        async (lines) => resolve(lines),
        () => performance.now(),
      )
      sink.add(line('alone'))
    })
    expect(first.map((l) => l.text)).toEqual(['alone'])
  })

  it('throws at the end what the report threw, and does not hang', async () => {
    const sink = createLogSink(
      async () => {
        throw new Error('storage is gone')
      },
      () => performance.now(),
    )
    for (let i = 0; i < 3 * batchLines; i++) sink.add(line('x'))
    await sink.room()
    await expect(sink.drain()).rejects.toThrow('storage is gone')
    await expect(sink.drain()).rejects.toThrow('storage is gone')
  })
})
