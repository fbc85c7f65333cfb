import { expect, test } from 'vitest'
import { ansiSpans, plainText } from './ansi.ts'

const esc = '\u001b['

test('plain text is one span without a style', () => {
  expect(ansiSpans('hello')).toEqual([{ text: 'hello', className: '' }])
  expect(ansiSpans('')).toEqual([])
})

test('colours and weights hold until they are reset', () => {
  expect(ansiSpans(`${esc}31mred ${esc}1mbold${esc}22;39m plain${esc}m`)).toEqual([
    { text: 'red ', className: 'ansi-red' },
    { text: 'bold', className: 'ansi-red ansi-bold' },
    { text: ' plain', className: '' },
  ])
})

test('256 and true colours are kept, readable in both schemes; the first sixteen keep their names', () => {
  expect(ansiSpans(`${esc}38;5;196mx`)[0]?.style?.color).toMatch(/^light-dark\(/)
  expect(ansiSpans(`${esc}38;2;10;200;20mx`)[0]?.style?.color).toContain('rgb(10 200 20)')
  expect(ansiSpans(`${esc}48;2;200;0;0mx`)[0]?.style?.backgroundColor).toBe('rgb(200 0 0)')
  expect(ansiSpans(`${esc}48;5;4;1mx`)[0]?.className).toBe('ansi-bg-blue ansi-bold')
})

test('inverse swaps the colours, also those that are none', () => {
  expect(ansiSpans(`${esc}7mx`)[0]?.className).toBe('ansi-inverse')
  expect(ansiSpans(`${esc}7;31mx`)[0]?.className).toBe('ansi-bg-red')
})

test('a line that changes its style at every letter ends plain, with all of its text', () => {
  const line = Array.from({ length: 3000 }, (_, i) => `${esc}3${i % 8}mx`).join('')
  const spans = ansiSpans(line)
  expect(spans.length).toBeLessThan(500)
  expect(spans.map((span) => span.text).join('')).toBe('x'.repeat(3000))
})

test('a terminal link is its text alone', () => {
  expect(ansiSpans('\u001b]8;;javascript:alert(1)\u0007click\u001b]8;;\u0007')).toEqual([
    { text: 'click', className: '' },
  ])
})

test('plain text has neither sequences nor what was written over', () => {
  expect(plainText(`10 %\r${esc}32mdone${esc}0m`)).toBe('done')
  expect(plainText('as it is')).toBe('as it is')
})

test('cursor movement, titles and control characters are dropped', () => {
  expect(ansiSpans(`${esc}2K${esc}1Ga\u001b]0;title\u0007b\u0000c`)).toEqual([{ text: 'abc', className: '' }])
})

test('a carriage return rewrites the line', () => {
  expect(ansiSpans('10 %\r50 %\r100 %\r')).toEqual([{ text: '100 %', className: '' }])
})

test('markup stays text', () => {
  expect(ansiSpans('<img src=x>')).toEqual([{ text: '<img src=x>', className: '' }])
})
