import { expect, test } from 'vitest'
import { columnsOf, LogLayout } from './log-layout.ts'
import { LogModel } from './log-model.ts'

function modelOf(texts: string[]): LogModel {
  const model = new LogModel()
  model.add(texts.map((text, index) => ({ n: index + 1, step: 1, at: 0, stream: 'stdout', text })))
  return model
}

test('without wrapping each row takes one unit', () => {
  const layout = new LogLayout(modelOf(['a'.repeat(500), 'b']))
  expect(layout.height).toBe(3)
  expect(layout.startOf(2)).toBe(2)
  expect(layout.rowAt(99)).toBe(2)
})

test('a wrapped line takes the units its text needs, and what follows stands below it', () => {
  const layout = new LogLayout(modelOf(['a'.repeat(25), 'b']))
  expect(layout.setColumns(10)).toBe(true)
  expect([0, 1, 2].map((index) => layout.startOf(index))).toEqual([0, 1, 4])
  expect(layout.height).toBe(5)
  expect([0, 1, 3.9, 4, 99].map((units) => layout.rowAt(units))).toEqual([0, 1, 1, 2, 2])
})

test('lines that arrive later are added, folded ones take nothing', () => {
  const model = modelOf(['a'])
  const layout = new LogLayout(model)
  layout.setColumns(10)
  model.add([{ n: 2, step: 1, at: 0, stream: 'stdout', text: 'c'.repeat(11) }])
  layout.grown()
  expect(layout.height).toBe(4)
  model.toggle(0)
  layout.reset()
  expect(layout.height).toBe(1)
})

test('colours take no column, wide characters two, a tab goes to its stop', () => {
  const layout = new LogLayout(modelOf(['\u001b[31mred red re\u001b[0m']))
  layout.setColumns(10)
  expect(layout.height).toBe(2)
  expect(columnsOf('日本')).toBe(4)
  expect(columnsOf('a\tb')).toBe(9)
})
