import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import { expect, test } from 'vitest'
import { pickLine, placeComments, placeOfRow, quoteOf } from './comment-places.ts'
import { hiddenBefore, parseDiff } from './diff.ts'

const [file] = parseDiff(`diff --git a/a.js b/a.js
--- a/a.js
+++ b/a.js
@@ -10,3 +10,3 @@
 ten
-eleven
+ELEVEN
 twelve
@@ -40,2 +40,2 @@
 forty
`)
const rows = file?.rows ?? []

function comment(more: Partial<ReviewComment>): ReviewComment {
  const base: ReviewComment = {
    id: 'c',
    changeId: 'x',
    commit: 'h',
    path: 'a.js',
    side: 'new',
    startLine: 11,
    endLine: 11,
    quote: '',
    body: 'b',
    author: null,
    mine: true,
    state: 'open',
    outdated: false,
    createdAt: '',
    updatedAt: '',
    sentAt: null,
  }
  return { ...base, ...more }
}

test('a comment stands below its last line, on its side', () => {
  if (!file) throw new Error('no file')
  const there = [comment({}), comment({ id: 'o', side: 'old' }), comment({ id: 'else', path: 'b.js' })]
  const { below, loose } = placeComments(file, rows, there)
  expect([...below].map(([row, of]) => [row.text, of.map((each) => each.id)])).toEqual([
    ['ELEVEN', ['c']],
    ['eleven', ['o']],
  ])
  expect(loose).toEqual([])
})

test('what was said of an older head, or of a line that is not shown, is still there', () => {
  if (!file) throw new Error('no file')
  const there = [comment({ id: 'old', outdated: true }), comment({ id: 'far', endLine: 300 })]
  expect(placeComments(file, rows, there).loose.map((each) => each.id)).toEqual(['old', 'far'])
})

test('a range grows on one side of one file, and quotes what it covers', () => {
  const first = pickLine(null, { path: 'a.js', side: 'new', line: 12 }, false)
  const grown = pickLine(first, { path: 'a.js', side: 'new', line: 10 }, true)
  expect(grown).toEqual({ path: 'a.js', side: 'new', from: 10, to: 12 })
  expect(quoteOf(rows, grown)).toBe('ten\nELEVEN\ntwelve')
  expect(pickLine(grown, { path: 'a.js', side: 'old', line: 11 }, true)).toMatchObject({
    from: 11,
    side: 'old',
  })
  expect(rows.map(placeOfRow).filter(Boolean)).toHaveLength(5)
})

test('the lines between two hunks, and before the first, are those that are hidden', () => {
  const gaps = rows.flatMap((row, index) => (row.kind === 'gap' ? [hiddenBefore(rows, index)] : []))
  expect(gaps).toEqual([
    { from: 1, to: 9, shift: 0 },
    { from: 13, to: 39, shift: 0 },
  ])
})
