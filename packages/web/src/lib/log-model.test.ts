import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'
import { expect, test } from 'vitest'
import { LogModel } from './log-model.ts'

function line(n: number, step: number, text = `line ${n}`): LogLineView {
  return { n, step, at: n * 1000, stream: 'stdout', text }
}

function modelOf(texts: string[], step = 1): LogModel {
  const model = new LogModel()
  model.add(texts.map((text, index) => line(index + 1, step, text)))
  return model
}

function shown(model: LogModel): string[] {
  return Array.from({ length: model.rowCount }, (_, index) => {
    const row = model.row(index)
    if (row?.kind === 'line') return row.text
    return row ? `${row.fold.open ? '-' : '+'} ${row.fold.title || row.fold.step} ${row.fold.count}` : '?'
  })
}

test('lines stand under the head of their step, and a reconnect doubles none', () => {
  const model = new LogModel()
  expect(model.add([line(1, 1), line(2, 1), line(3, 2)])).toBe(3)
  expect(model.add([line(2, 1), line(3, 2), line(4, 2)])).toBe(1)
  expect(shown(model)).toEqual(['- 1 2', 'line 1', 'line 2', '- 2 2', 'line 3', 'line 4'])
  expect(model.lastLine).toBe(4)
})

test('a folded step shows its head only, and opens for a line that is sought', () => {
  const model = modelOf(['a', 'b'])
  model.toggle(0)
  expect(shown(model)).toEqual(['+ 1 2'])
  expect(model.revealLine(2)).toBe(2)
  expect(shown(model)).toEqual(['- 1 2', 'a', 'b'])
  expect(model.revealLine(9)).toBeNull()
})

test('a group is folded at first, ends at its end, and opens for a line in it', () => {
  const model = modelOf(['before', '::group::Install', 'one', 'two', '::endgroup::', 'after'])
  expect(shown(model)).toEqual(['- 1 6', 'before', '+ Install 2', 'after'])
  expect(model.revealLine(4)).toBe(4)
  expect(shown(model)).toEqual(['- 1 6', 'before', '- Install 2', 'one', 'two', 'after'])
  expect(model.revealLine(2)).toBe(2)
})

test('a group ends with its step, and a second one ends the first', () => {
  const model = new LogModel()
  model.add([line(1, 1, '::group::A'), line(2, 1), line(3, 1, '::group::B'), line(4, 1), line(5, 2, 'free')])
  expect(shown(model)).toEqual(['- 1 4', '+ A 1', '+ B 1', '- 2 1', 'free'])
})

test('what a person folded stays so in the next model', () => {
  const kept = new Map<string, boolean>()
  const memory = {
    read: (key: string) => kept.get(key),
    write: (key: string, open: boolean) => void kept.set(key, open),
  }
  const first = new LogModel(memory)
  first.add([line(1, 1), line(2, 2, '::group::G'), line(3, 2)])
  first.toggle(0)
  first.toggle(3)
  const second = new LogModel(memory)
  second.add([line(1, 1), line(2, 2, '::group::G'), line(3, 2)])
  expect(shown(second)).toEqual(['+ 1 1', '- 2 2', '- G 1', 'line 3'])
})

test('between stop-commands and its token nothing is a command', () => {
  const model = modelOf(['::stop-commands::x1', '::group::no', '::x1::', '::group::yes', 'in'])
  expect(shown(model)).toEqual(['- 1 5', '::stop-commands::x1', '::group::no', '::x1::', '+ yes 1'])
})

test('errors and warnings are marked, and e goes from one error to the next and around', () => {
  const model = modelOf([
    '::error file=a.js,line=3,title=Bad::it broke%0Ahere',
    '::warning::careful',
    'Error: x',
    '0 errors',
  ])
  expect(shown(model).slice(1)).toEqual([
    'Error: Bad: it broke here (a.js:3)',
    'Warning: careful',
    'Error: x',
    '0 errors',
  ])
  expect(model.marks.map((mark) => mark.n)).toEqual([1, 2, 3])
  expect([model.markAfter(0, 1), model.markAfter(1, 1), model.markAfter(3, 1)]).toEqual([1, 3, 1])
  expect(model.markAfter(3, -1)).toBe(1)
})

test('the end of a step opens the group that its last line stands in', () => {
  const model = modelOf(['::group::Test', 'a', 'b'])
  expect(model.endOfStep(1)).toBe(3)
})

test('lines come back as they were, by number', () => {
  const model = modelOf(['a', '::group::G', '\u001b[31mb', 'c'])
  expect([...model.lines(2, 3)].map((each) => each.text)).toEqual(['::group::G', '\u001b[31mb'])
  expect([...model.lines()]).toHaveLength(4)
})

test('every line of many groups is found by its number', () => {
  const model = new LogModel()
  const lines = Array.from({ length: 200_000 }, (_, i) =>
    line(
      i + 1,
      Math.floor(i / 50_000),
      i % 1000 === 0 ? `::group::${i}` : i % 1000 === 9 ? '::endgroup::' : 'x',
    ),
  )
  model.add(lines)
  model.setAll('group', true)
  expect(model.rowCount).toBe(200_000 - 200 + 4)
  for (const n of [2, 100_000, 199_999]) {
    const row = model.revealLine(n)
    expect(row === null ? null : model.row(row)).toMatchObject({ kind: 'line', line: { n } })
  }
})

test('steps beside each other keep their lines together, with folds, groups and marks of their own', () => {
  const model = new LogModel()
  model.add([line(1, 1, 'a'), line(2, 2, 'x'), line(3, 1, '::group::G')])
  model.add([line(4, 2, 'y'), line(5, 1, 'in the group'), line(6, 2, 'error: z'), line(7, 1, '::endgroup::')])
  model.add([line(8, 3, 'after'), line(9, 1, 'late'), line(10, 3, 'last')])
  expect(shown(model)).toEqual([
    ...['- 1 5', 'a', '+ G 1', 'late'],
    ...['- 2 3', 'x', 'y', 'error: z'],
    ...['- 3 2', 'after', 'last'],
  ])
  expect(model.markAfter(0, 1)).toBe(6)
  const textAt = (row: number | null) => {
    const found = row === null ? null : model.row(row)
    return found?.kind === 'line' ? found.text : null
  }
  for (const [n, text] of [
    [1, 'a'],
    [5, 'in the group'],
    [6, 'error: z'],
    [8, 'after'],
    [9, 'late'],
    [10, 'last'],
  ] as const) {
    expect(textAt(model.revealLine(n))).toBe(text)
  }
  expect([...model.lines(4, 9)].map((one) => one.n)).toEqual([4, 5, 6, 8, 9])
  model.toggle(0)
  expect(shown(model).slice(0, 2)).toEqual(['+ 1 5', '- 2 3'])
})

test('a long step behind steps beside each other costs no more than another', () => {
  const model = new LogModel()
  model.add([line(1, 1), line(2, 2), line(3, 1)])
  const startedAt = performance.now()
  for (let n = 4; n < 100_004; n += 100) model.add(Array.from({ length: 100 }, (_, at) => line(n + at, 3)))
  expect(performance.now() - startedAt).toBeLessThan(2000)
  expect(model.rowCount).toBe(100_006)
})
