import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'
import { expect, test } from 'vitest'
import { LogModel } from './log-model.ts'

function line(n: number, step: number, text = `line ${n}`): LogLineView {
  return { n, step, at: 0, stream: 'stdout', text }
}

function rows(model: LogModel): string[] {
  return Array.from({ length: model.rowCount }, (_, index) => {
    const row = model.row(index)
    if (!row) return 'none'
    return row.kind === 'line' ? String(row.line.n) : `step ${row.step}`
  })
}

test('lines stand below their step, and folding hides them', () => {
  const model = new LogModel()
  model.add([line(1, 1), line(2, 1), line(3, 2)])
  expect(rows(model)).toEqual(['step 1', '1', '2', 'step 2', '3'])
  model.setOpen(1, false)
  expect(rows(model)).toEqual(['step 1', 'step 2', '3'])
  model.add([line(4, 2)])
  expect(rows(model)).toEqual(['step 1', 'step 2', '3', '4'])
})

test('lines that come again after a reconnect are passed over', () => {
  const model = new LogModel()
  model.add([line(1, 1), line(2, 1)])
  expect(model.add([line(2, 1), line(3, 1)])).toBe(1)
  expect(model.lastLine).toBe(3)
  expect(rows(model)).toEqual(['step 1', '1', '2', '3'])
})

test('a line is found by its number, and its step opens', () => {
  const model = new LogModel()
  model.setOpen(2, false)
  model.add([line(1, 1), line(2, 2), line(3, 2)])
  expect(model.revealLine(3)).toBe(4)
  expect(rows(model)[4]).toBe('3')
  expect(model.revealLine(9)).toBeNull()
})

test('the end of a step is its last line', () => {
  const model = new LogModel()
  model.add([line(1, 1), line(2, 1), line(3, 2)])
  expect(model.endOfStep(1)).toBe(2)
  expect(model.startOfStep(2)).toBe(3)
  expect(model.endOfStep(7)).toBeNull()
})

test('finding ignores case and stops at its limit', () => {
  const model = new LogModel()
  model.add([line(1, 1, 'Error: a'), line(2, 1, 'fine'), line(3, 1, 'an ERROR')])
  expect(model.find('error')).toEqual([1, 3])
  expect(model.find('error', 1)).toEqual([1])
  expect(model.find('')).toEqual([])
})
