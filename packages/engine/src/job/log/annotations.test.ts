import { expect, it } from 'vitest'
import { annotationOf } from './annotations.ts'

const place = (words: { line?: string; endLine?: string; column?: string; endColumn?: string }) => {
  const { line, endLine, column, endColumn } = annotationOf('error', { message: 'm', ...words })
  return [line, endLine, column, endColumn]
}

it.each([
  ['all of one line', { line: '3', endLine: '3', column: '4', endColumn: '5' }, [3, 3, 4, 5]],
  ['lines without columns', { line: '3', endLine: '5' }, [3, 5, undefined, undefined]],
  ['an end alone is the beginning', { endLine: '3', endColumn: '5' }, [3, 3, 5, 5]],
  [
    'columns without a line are none',
    { column: '4', endColumn: '5' },
    [undefined, undefined, undefined, undefined],
  ],
  [
    'columns of several lines are none',
    { line: '3', endLine: '4', column: '1' },
    [3, 4, undefined, undefined],
  ],
  ['lines backwards are none', { line: '3', endLine: '2' }, [undefined, undefined, undefined, undefined]],
  [
    'columns backwards are none',
    { line: '3', column: '9', endColumn: '2' },
    [3, undefined, undefined, undefined],
  ],
  ['numbers that are none', { line: 'x', column: '-1' }, [undefined, undefined, undefined, undefined]],
  ['numbers beyond all bounds', { line: '99999999999999' }, [undefined, undefined, undefined, undefined]],
])('%s', (_name, words, expected) => {
  expect(place(words)).toEqual(expected)
})

it('words are bounded, and empty ones are none', () => {
  const long = 'x'.repeat(10_000)
  const made = annotationOf('notice', { message: long, title: ' ', file: long })
  expect(made.message).toHaveLength(4096)
  expect(made.file).toHaveLength(1024)
  expect(made.title).toBeUndefined()
})
