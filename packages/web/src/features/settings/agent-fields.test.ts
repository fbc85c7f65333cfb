import { AgentSettings } from '@signalbox/core/contract/settings.ts'
import { expect, test } from 'vitest'
import { withRule } from './permission-rules.tsx'
import { pausesInWords } from './turn-fields.tsx'

test('pauses double, and a long row of them is cut', () => {
  expect(pausesInWords(2, 5)).toBe('5 s, then 10 s')
  expect(pausesInWords(1, 0.5)).toBe('0.5 s')
  expect(pausesInWords(5, 5)).toBe('5 s, then 10 s, then 20 s, and so on')
  expect(pausesInWords(0, 5)).toBeUndefined()
})

test('a field that is being written has no pauses yet', () => {
  // An emptied number field is a text.
  expect(pausesInWords('' as unknown as number, 5)).toBeUndefined()
  expect(pausesInWords(2, Number.NaN)).toBeUndefined()
})

test('a rule is set, changed and taken away, and what is stored parses', () => {
  const one = withRule({}, 'fetch', 'deny')
  const two = withRule(withRule(one, 'execute', 'ask'), 'fetch', 'allow')
  expect(two).toEqual({ execute: 'ask', fetch: 'allow' })
  expect(withRule(two, 'fetch', undefined)).toEqual({ execute: 'ask' })
  expect(AgentSettings.parse({ permissionRules: two }).permissionRules).toEqual(two)
  expect(Object.keys(withRule(one, 'fetch', undefined))).toEqual([])
})
