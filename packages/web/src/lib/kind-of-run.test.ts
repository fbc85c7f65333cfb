import { expect, test } from 'vitest'
import { kindOfRun, placeOfRun } from './kind-of-run.ts'

test('a run that started by itself is called by its event, the others by their kind', () => {
  expect(kindOfRun({ kind: 'event', triggerEvent: 'pull_request' })).toBe('pull request')
  expect(kindOfRun({ kind: 'event' })).toBe('event')
  expect(kindOfRun({ kind: 'validation', triggerEvent: 'pull_request' })).toBe('validation')
})

test('a ref is said as its branch, tag or pull request', () => {
  expect(placeOfRun({ ref: 'refs/heads/fix/clock' })).toBe('fix/clock')
  expect(placeOfRun({ ref: 'refs/tags/v1' })).toBe('v1')
  expect(placeOfRun({ ref: 'refs/pull/7/merge' })).toBe('pull request 7')
})
