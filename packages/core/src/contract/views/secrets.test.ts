import { expect, test } from 'vitest'
import { longestSecretBytes, SecretEnvironment, SecretName, SecretValue } from './secrets.ts'

test('names of secrets know no case and are stored in upper case', () => {
  expect(SecretName.parse('api_Key2')).toBe('API_KEY2')
  expect(SecretName.parse('_')).toBe('_')
  expect(SecretName.parse('MY_GITHUB_TOKEN')).toBe('MY_GITHUB_TOKEN')
})

test.each(['', '2FA', 'A-B', 'A B', 'É', 'A'.repeat(129), 'github_token', 'SIGNALBOX_X', 'Runner_y'])(
  'a secret cannot be called %j',
  (name) => {
    expect(SecretName.safeParse(name).success).toBe(false)
  },
)

test('a secret is of every environment unless it names one', () => {
  expect(SecretEnvironment.parse(undefined)).toBe('')
  expect(SecretEnvironment.parse('staging-2')).toBe('staging-2')
  expect(SecretEnvironment.safeParse('Staging').success).toBe(false)
  expect(SecretEnvironment.safeParse('../x').success).toBe(false)
  expect(SecretEnvironment.safeParse('a'.repeat(41)).success).toBe(false)
})

test('a value has one byte to 48 KiB, counted as it is stored, and no NUL', () => {
  expect(SecretValue.safeParse('').success).toBe(false)
  expect(SecretValue.safeParse('x'.repeat(longestSecretBytes)).success).toBe(true)
  expect(SecretValue.safeParse('x'.repeat(longestSecretBytes + 1)).success).toBe(false)
  expect(SecretValue.safeParse('é'.repeat(longestSecretBytes / 2 + 1)).success).toBe(false)
  expect(SecretValue.safeParse('a\0b').success).toBe(false)
  expect(SecretValue.safeParse(' line\nline \t').success).toBe(true)
})
