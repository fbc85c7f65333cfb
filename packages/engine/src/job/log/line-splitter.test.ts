import { describe, expect, it } from 'vitest'
import { createLineSplitter, maxLineLength } from './line-splitter.ts'
import { createMasker } from './masker.ts'

function split(
  chunks: Array<string | Uint8Array>,
  secrets: string[] = [],
  onLine?: (text: string) => string | undefined,
) {
  const lines: string[] = []
  const splitter = createLineSplitter(createMasker(secrets), (text) => lines.push(text), onLine)
  for (const chunk of chunks) splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  splitter.end()
  return lines
}

describe('createLineSplitter', () => {
  it('makes lines of chunks, whatever their borders', () => {
    expect(split(['a\nb', 'c\r', '\n\nlast'])).toEqual(['a', 'bc', '', 'last'])
    const bytes = [...Buffer.from('é€😀\nü')].map((byte) => Uint8Array.of(byte))
    expect(split(bytes)).toEqual(['é€😀', 'ü'])
  })

  it('replaces what is no UTF-8 and keeps other control characters', () => {
    expect(split([Uint8Array.of(0x61, 0xff, 0xfe, 0x62, 0x0a, 0x00, 0x1b, 0xc3)])).toEqual([
      'a\ufffd\ufffdb',
      '\u0000\u001b\ufffd',
    ])
  })

  it('hides a secret that comes in pieces', () => {
    expect(split(['x sec', 'ret', ' y\n'], ['secret'])).toEqual(['x *** y'])
  })

  it('cuts a line that does not end, in bounded memory, and never inside a secret', () => {
    const secret = 'S'.repeat(500)
    const before = 'a'.repeat(maxLineLength - 250)
    const lines = split([...((before + secret + 'b'.repeat(100_000)).match(/.{1,1000}/g) ?? [])], [secret])
    expect(lines.join('')).toBe(`${before}***${'b'.repeat(100_000)}`)
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(maxLineLength)
  })

  it('reads commands at the beginning of lines only, not where a long line goes on', () => {
    const seen: string[] = []
    const long = 'a'.repeat(maxLineLength * 2)
    split([`::one::\n${long}::two::\nb`], [], (text) => {
      seen.push(text)
      return text
    })
    expect(seen).toEqual(['::one::', 'b'])
  })
})
