import { expect, test } from 'vitest'
import { isGenerated, parseDiff } from './diff.ts'
import { sideBySide, wordParts, wordsOfRows } from './diff-words.ts'

test('the words that differ are marked on both sides', () => {
  const parts = wordParts("return 'Hello'", "return 'Hello, ' + name")
  expect(parts?.old.map((part) => part.text).join('')).toBe("return 'Hello'")
  expect(parts?.new.filter((part) => part.changed).map((part) => part.text)).toEqual([', ', ' + name'])
})

test('lines with nothing in common, and very long ones, have no marks', () => {
  expect(wordParts('alpha beta gamma', '{ } ( ) [ ] 1 2 3 4')).toBeNull()
  expect(wordParts('a '.repeat(500), 'b '.repeat(500))).toBeNull()
})

const [file] = parseDiff(`diff --git a/a b/a
--- a/a
+++ b/a
@@ -1,4 +1,5 @@
 same
-one thing here
-gone
+one other thing here
 same
+new
+newer
`)

test('a removed line is compared with the added one in its place', () => {
  const words = wordsOfRows(file?.rows ?? [])
  expect([...words.keys()].map((row) => row.text)).toEqual(['one thing here', 'one other thing here'])
})

test('side by side, removed and added lines share a row, the rest stands on both', () => {
  const rows = sideBySide(file?.rows ?? []).map((pair) => [pair.old?.text ?? '', pair.new?.text ?? ''])
  expect(rows.slice(1)).toEqual([
    ['same', 'same'],
    ['one thing here', 'one other thing here'],
    ['gone', ''],
    ['same', 'same'],
    ['', 'new'],
    ['', 'newer'],
  ])
})

test('lock files, bundles and vendored code are generated', () => {
  for (const path of ['package-lock.json', 'a/b/yarn.lock', 'x.min.js', 'vendor/a.go', 'a.snap'])
    expect(isGenerated(path)).toBe(true)
  for (const path of ['src/lock.ts', 'package.json', 'src/vendors.ts']) expect(isGenerated(path)).toBe(false)
})
