import { expect, test } from 'vitest'
import { keysOfPage } from './keys-of-page.ts'

test('each kind of page names its own keys, a log none of a list', () => {
  expect(keysOfPage('/runs/018f')?.title).toBe('In the log of a run')
  expect(keysOfPage('/runs')?.title).toBe('In a list')
  expect(keysOfPage('/changes/018f')?.keys.map(([key]) => key)).toContain('Ctrl Enter')
  expect(keysOfPage('/projects/sample/settings')?.keys[0]?.[0]).toBe('Ctrl S')
})

test('a page without keys of its own has none', () => {
  expect(keysOfPage('/account')).toBeNull()
})
