import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { open, shown } from '../e2e/requirements.ts'

const root = join(import.meta.dirname, '..')
const cited = Object.entries(shown).flatMap(([id, tests]) => tests.map((entry) => ({ id, ...entry })))

/** The names of a file's tests and groups: a first argument with a function after it, or the first word of a row. */
function titles(source: string): string[] {
  const text = String.raw`(['"\`])((?:\\.|(?!\1)[^\\\n])*)\1,`
  const named = new RegExp(String.raw`\(\s*${text}\s*(?:\{[^}]*\},\s*)?(?:async\s*)?[(_a-z]`, 'g')
  const row = new RegExp(String.raw`\[\s*${text}`, 'g')
  return [named, row].flatMap((each) => [...source.matchAll(each)].map((match) => match[2] ?? ''))
}

test.each(cited)('$id is shown by a test that exists: $test', async ({ test: file, name }) => {
  expect(name.length).toBeGreaterThan(10)
  expect(
    titles(await readFile(join(root, file), 'utf8')).filter((title) => title.includes(name)),
  ).not.toEqual([])
})

test('an id is shown by at least one test, or open', () => {
  expect(Object.entries(shown).filter(([, tests]) => tests.length === 0)).toEqual([])
  expect(open.filter((id) => id in shown)).toEqual([])
  expect(open.length + Object.keys(shown).length).toBe(216)
})
