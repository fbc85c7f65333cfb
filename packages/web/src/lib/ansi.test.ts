import { expect, test } from 'vitest'
import { ansiSpans } from './ansi.ts'

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

test('256 and true colours fall to the nearest of eight', () => {
  expect(ansiSpans(`${esc}38;5;196mx`)[0]?.className).toBe('ansi-red')
  expect(ansiSpans(`${esc}38;2;10;200;20mx`)[0]?.className).toBe('ansi-green')
  expect(ansiSpans(`${esc}48;5;4;1mx`)[0]?.className).toBe('ansi-bg-blue ansi-bold')
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
