import { expect, test } from 'vitest'
import { checkedKey, keyPart } from './keys.ts'

test('any text becomes one word of a key, and different texts different words', () => {
  const texts = [
    '',
    '.',
    '..',
    '../x',
    'A',
    'a',
    '_41',
    'a/b',
    'a b',
    '-x',
    '.x',
    'x.',
    'ü',
    '\0',
    'x'.repeat(500),
  ]
  texts.push(`${'x'.repeat(500)}y`, '\u{1F600}')
  const parts = texts.map(keyPart)
  for (const part of parts) expect(checkedKey(`a/${part}/b`)).toBe(`a/${part}/b`)
  expect(new Set(parts).size).toBe(parts.length)
  expect(keyPart('coverage-1.2')).toBe('coverage-1.2')
})
