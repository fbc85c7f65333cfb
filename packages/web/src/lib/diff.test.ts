import { expect, test } from 'vitest'
import { parseDiff } from './diff.ts'

const head = 'diff --git a/a.js b/a.js\nindex 1..2 100644\n--- a/a.js\n+++ b/a.js\n'

test('rows carry the line numbers of both sides', () => {
  const [file] = parseDiff(`${head}@@ -3,3 +3,3 @@ function\n same\n-old\n+new\n end\n`)
  expect(file).toMatchObject({ path: 'a.js', status: 'changed', added: 1, removed: 1 })
  expect(file?.rows.map((row) => [row.kind, row.oldLine, row.newLine, row.text])).toEqual([
    ['gap', null, null, '@@ -3,3 +3,3 @@ function'],
    ['same', 3, 3, 'same'],
    ['removed', 4, null, 'old'],
    ['added', null, 4, 'new'],
    ['same', 5, 5, 'end'],
  ])
})

test('a removed line that looks like a header stays a line', () => {
  const [file, second] = parseDiff(`${head}@@ -1,2 +1 @@\n--- a/x\n-diff --git a/y b/y\n+one\n`)
  expect(second).toBeUndefined()
  expect(file).toMatchObject({ added: 1, removed: 2 })
})

test('added, removed, renamed and binary files', () => {
  const files = parseDiff(
    [
      'diff --git a/n b/n',
      'new file mode 100644',
      'diff --git a/o b/o',
      'deleted file mode 100644',
      'diff --git a/old name b/new name',
      'rename from old name',
      'rename to new name',
      'diff --git a/p.png b/p.png',
      'Binary files a/p.png and b/p.png differ',
    ].join('\n'),
  )
  expect(files.map((file) => [file.path, file.status, file.from, file.binary])).toEqual([
    ['n', 'added', null, false],
    ['o', 'removed', null, false],
    ['new name', 'renamed', 'old name', false],
    ['p.png', 'changed', null, true],
  ])
})

test('a file without a newline at its end is noted', () => {
  const [file] = parseDiff(`${head}@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n`)
  expect(file?.rows.at(-1)).toMatchObject({ kind: 'note', text: 'No newline at end of file' })
})

test('an empty or cut diff does not throw', () => {
  expect(parseDiff('')).toEqual([])
  expect(parseDiff(`${head}@@ -1,9 +1,9 @@\n a`)[0]?.rows).toHaveLength(2)
})
