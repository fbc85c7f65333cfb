import { expect, test } from 'vitest'
import { waitsForPerson } from './group-changes.ts'

test('a change waits for a person also while its agent works and asks for a permission', () => {
  expect(waitsForPerson({ status: 'waiting', waitingFor: 'merge' })).toBe(true)
  expect(waitsForPerson({ status: 'working', waitingFor: 'permission' })).toBe(true)
  expect(waitsForPerson({ status: 'working', waitingFor: null })).toBe(false)
  expect(waitsForPerson({ status: 'completed', waitingFor: null })).toBe(false)
})
