import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { open, shown } from '../e2e/requirements.ts'

const root = join(import.meta.dirname, '..')
const cited = Object.entries(shown).flatMap(([id, tests]) => tests.map((entry) => ({ id, ...entry })))

test.each(cited)('$id is shown by a test that exists: $test', async ({ test: file, name }) => {
  expect(await readFile(join(root, file), 'utf8')).toContain(name)
})

test('an id is shown by at least one test, or open', () => {
  expect(Object.entries(shown).filter(([, tests]) => tests.length === 0)).toEqual([])
  expect(open.filter((id) => id in shown)).toEqual([])
  expect(open.length + Object.keys(shown).length).toBe(216)
})
