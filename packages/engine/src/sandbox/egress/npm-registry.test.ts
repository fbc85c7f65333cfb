import { expect, test } from 'vitest'
import { parseAllowList } from './allow-list.ts'
import { withNpmRegistry } from './npm-registry.ts'

test('the word becomes the host of npm’s own registry, and nothing else is touched', async () => {
  const allowed = await withNpmRegistry(['*.example.org', 'npm-registry'])
  expect(allowed).toHaveLength(2)
  expect(allowed[0]).toBe('*.example.org')
  expect(allowed[1]).toMatch(/^[a-z0-9.-]+(:\d+)?$/i)
  expect(allowed[1]).not.toBe('npm-registry')
  expect(() => parseAllowList(allowed)).not.toThrow()
})

test('without the word npm is not asked', async () => {
  expect(await withNpmRegistry(['example.org'])).toEqual(['example.org'])
})
