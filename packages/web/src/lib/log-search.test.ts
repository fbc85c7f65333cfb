import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'
import { expect, test } from 'vitest'
import { matchesIn, queryProblem } from './log-match.ts'
import { hitsOf } from './log-match-worker.ts'
import { LogModel } from './log-model.ts'
import { LogSearch, type SearchState } from './log-search.ts'

function lines(from: number, count: number): LogLineView[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index
    const text = n % 1000 === 0 ? `\u001b[31mNee\u001b[1mdle\u001b[0m ${n}` : `hay ${n}`
    return { n, step: 1, at: 0, stream: 'stdout', text }
  })
}

function search(model: LogModel, text: string) {
  let latest: SearchState | null = null
  let told: (() => void) | undefined
  let tells = 0
  const found = new LogSearch({
    model,
    query: { text, regex: false },
    onChange(state) {
      latest = state
      tells += 1
      if (state.done) told?.()
    },
  })
  async function done(): Promise<SearchState> {
    while (!latest?.done) await new Promise<void>((resolve) => (told = resolve))
    return latest
  }
  return { found, done, again: () => (latest = null), tells: () => tells }
}

test('300,000 lines are searched in several tasks, across colours and case', async () => {
  const model = new LogModel()
  model.add(lines(1, 300_000))
  const { done, tells } = search(model, 'NEEDLE')
  const state = await done()
  expect(state.lines).toHaveLength(300)
  expect(state.lines[1]).toBe(2000)
  expect(tells()).toBeGreaterThan(1)
})

test('lines that come later are searched, too, and none twice', async () => {
  const model = new LogModel()
  model.add(lines(1, 1500))
  const { found, done, again } = search(model, 'needle')
  expect((await done()).lines).toEqual([1000])
  model.add(lines(1501, 1500))
  again()
  found.grown()
  expect((await done()).lines).toEqual([1000, 2000, 3000])
})

test('an expression that is none says so, another one finds', () => {
  expect(queryProblem({ text: '(', regex: true })).toMatch(/\(/)
  expect(queryProblem({ text: '(', regex: false })).toBeNull()
  expect(hitsOf({ source: '^n\\w+ \\d+$', texts: ['hay 1', 'Needle 20', 'needle'] })).toEqual([1])
})

test('places in a line, for the highlights', () => {
  expect(matchesIn({ text: 'ab', regex: false }, 'xABab')).toEqual([
    [1, 3],
    [3, 5],
  ])
  expect(matchesIn({ text: 'b*', regex: true }, 'abba')).toEqual([[1, 3]])
  expect(matchesIn({ text: '', regex: false }, 'x')).toEqual([])
})
