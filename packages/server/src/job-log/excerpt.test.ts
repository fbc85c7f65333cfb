import { describe, expect, it } from 'vitest'
import type { NumberedLine } from '../db/log-chunks.ts'
import { type ExcerptWish, excerpt } from './excerpt.ts'

function linesOf(texts: string[], step = 1): NumberedLine[] {
  return texts.map((x, index) => ({ n: index + 1, s: step, t: 0, c: 'o', x }))
}

async function cut(texts: string[], wish: Partial<ExcerptWish> & Pick<ExcerptWish, 'mode'>) {
  async function* pages() {
    const lines = linesOf(texts)
    for (let at = 0; at < lines.length; at += 7) yield lines.slice(at, at + 7)
  }
  const found = await excerpt(pages(), { tokens: 1000, context: 1, ...wish })
  return { ...found, lines: found.lines.map((line) => line.n) }
}

const noise = (count: number) => Array.from({ length: count }, (_, n) => `line number ${n}`)

describe('the tail', () => {
  it('is as many of the last lines as fit', async () => {
    expect(await cut(noise(3), { mode: 'tail' })).toMatchObject({ lines: [1, 2, 3], truncated: false })
    // 14 or 15 characters with their end are 4 tokens.
    expect(await cut(noise(50), { mode: 'tail', tokens: 12 })).toMatchObject({
      lines: [48, 49, 50],
      truncated: true,
      tokens: 12,
    })
    expect(await cut(['a line beyond the budget'], { mode: 'tail', tokens: 1 })).toMatchObject({ lines: [1] })
    expect(await cut(noise(5000), { mode: 'tail', tokens: 10 })).toMatchObject({ lines: [4999, 5000] })
  })

  it('has no colours and no endless lines', async () => {
    async function* pages() {
      yield linesOf(['\u001b[31mred\u001b[0m', 'x'.repeat(5000)])
    }
    const { lines } = await excerpt(pages(), { mode: 'tail', tokens: 1000, context: 0 })
    expect(lines[0]?.x).toBe('red')
    expect(lines[1]?.x).toBe(`${'x'.repeat(1000)} … (4000 more characters)`)
  })
})

describe('around the first error', () => {
  it.each([
    'src/a.ts:3:1 - error TS2304: Cannot find name',
    'Error: boom',
    'error[E0308]: mismatched types',
    '##[error]Process completed with exit code 1.',
    'fatal: not a git repository',
    'panic: runtime error: index out of range',
    'Traceback (most recent call last):',
    'AssertionError [ERR_ASSERTION]: 1 == 2',
    'bash: foo: command not found',
    'not ok 3 - adds',
    '--- FAIL: TestAdd (0.00s)',
    'FAIL src/a.test.js',
    '✖ adds (0.7ms)',
    'npm ERR! code ELIFECYCLE',
  ])('knows %s', async (line) => {
    const found = await cut([...noise(100), line, ...noise(100)], { mode: 'error', tokens: 60 })
    expect(found.matches).toBe(1)
    expect(found.lines).toContain(101)
    expect(found.lines.length).toBeLessThan(20)
  })

  it.each(['0 errors', 'ℹ fail 0', 'Tests: 12 passed, 0 failed', 'no error at all', 'failed: 0'])(
    'takes %s for none',
    async (line) => {
      const found = await cut([line, ...noise(10)], { mode: 'error' })
      expect(found.matches).toBe(0)
    },
  )

  it('shows less before than after, within the budget, and the end when nothing looks like one', async () => {
    const found = await cut([...noise(100), 'Error: boom', ...noise(100)], { mode: 'error', tokens: 40 })
    expect(found.tokens).toBeLessThanOrEqual(40)
    const at = found.lines.indexOf(101)
    expect(at).toBeGreaterThan(0)
    expect(found.lines.length - at - 1).toBeGreaterThan(at)
    expect(await cut(noise(50), { mode: 'error', tokens: 8 })).toMatchObject({ lines: [49, 50], matches: 0 })
  })
})

describe('a search', () => {
  it('finds plain text in whatever case, with what stands around it, once', async () => {
    const texts = ['a', 'b', 'Needle .*', 'c', 'needle .*', 'd', 'e', 'f']
    expect(await cut(texts, { mode: 'search', text: 'needle .*' })).toMatchObject({
      lines: [2, 3, 4, 5, 6],
      matches: 2,
      truncated: false,
    })
    expect((await cut(texts, { mode: 'search', text: 'NEEDLE', context: 0 })).lines).toEqual([3, 5])
    expect((await cut(texts, { mode: 'search', text: 'nowhere' })).lines).toEqual([])
  })

  it('stops where the budget ends', async () => {
    const found = await cut(noise(1000), { mode: 'search', text: 'line', tokens: 12 })
    expect(found).toMatchObject({ lines: [1, 2, 3], truncated: true })
  })
})

it('reads only the steps that are wanted', async () => {
  async function* pages() {
    yield [...linesOf(['one']), ...linesOf(['two'], 2)]
  }
  const { lines } = await excerpt(pages(), { mode: 'tail', tokens: 10, context: 0, steps: new Set([2]) })
  expect(lines.map((line) => line.x)).toEqual(['two'])
})
