import { expect, test } from 'vitest'
import { checkValues, type Input, requestValues, startValues } from './input-values.ts'

const input = (name: string, more: Partial<Input> = {}): Input => {
  return { name, type: 'string', required: false, description: '', default: null, options: [], ...more }
}
const inputs = [
  input('who', { required: true }),
  input('greeting', { default: 'moin' }),
  input('loud', { type: 'boolean', default: 'true' }),
  input('quiet', { type: 'boolean' }),
  input('count', { type: 'number', default: '3' }),
  input('level', { type: 'choice', options: ['low', 'high'], default: 'low' }),
  input('shade', { type: 'choice', options: ['dark'], default: 'pink' }),
]

test('fields begin with the defaults', () => {
  expect(startValues(inputs)).toEqual({
    who: '',
    greeting: 'moin',
    loud: true,
    quiet: false,
    count: '3',
    level: 'low',
    shade: '',
  })
})

test('what is required and empty, or no number, is said at its field', () => {
  const values = { ...startValues(inputs), count: 'three' }
  expect(checkValues(inputs, values)).toEqual({
    who: 'who is required',
    count: 'count must be a number',
  })
  expect(checkValues(inputs, { ...values, who: 'you', count: '1e3' })).toEqual({})
  expect(checkValues(inputs, { ...values, who: 'you', count: ' ' })).toHaveProperty('count')
})

test('a request has each value in its type, an empty text as it is, and no empty number or choice', () => {
  const values = { ...startValues(inputs), who: 'you', greeting: '', count: '2.5' }
  expect(requestValues(inputs, values)).toEqual({
    who: 'you',
    greeting: '',
    loud: true,
    quiet: false,
    count: 2.5,
    level: 'low',
  })
  expect(requestValues(inputs, { ...values, count: '' })).not.toHaveProperty('count')
})
