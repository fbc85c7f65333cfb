import { expect, it } from 'vitest'
import { parseWorkflow } from './parse.ts'
import { resolveInputs } from './resolve-inputs.ts'

const file = `on:
  workflow_dispatch:
    inputs:
      who: {required: true, description: Whom}
      loud: {type: boolean, default: true}
      count: {type: number}
      level: {type: choice, options: [low, high], default: low}
      plain: {description: text}
jobs: {a: {runs-on: linux, steps: [{run: 'echo \${{ inputs.who }}'}]}}
`
const read = parseWorkflow('ci.yml', file)
if (!read.workflow) throw new Error(JSON.stringify(read.diagnostics))
const inputs = read.workflow.inputs ?? []

it('fills in defaults and gives each input its type', () => {
  expect(resolveInputs(inputs, { Who: 'you', count: '3' })).toEqual({
    who: 'you',
    loud: true,
    count: 3,
    level: 'low',
    plain: '',
  })
  expect(resolveInputs(inputs, { who: 'x', loud: false, level: 'high', count: 1.5 })).toMatchObject({
    loud: false,
    level: 'high',
    count: 1.5,
  })
})

it('takes an empty text as it is, and an empty value of another type as none', () => {
  const said = parseWorkflow('ci.yml', file.replace('plain: {description: text}', 'plain: {default: hi}'))
  const declared = said.workflow?.inputs ?? []
  expect(resolveInputs(declared, { who: 'x', plain: '', level: '' })).toMatchObject({
    plain: '',
    level: 'low',
  })
  expect(resolveInputs(declared, { who: 'x' })).toMatchObject({ plain: 'hi' })
})

it('names each input that does not fit', () => {
  expect(() => resolveInputs(inputs, { loud: 'yes', count: 'x', level: 'mid', other: 1 })).toThrow(
    'who is required; loud must be true or false; count must be a number; level must be one of low, high; other is not declared',
  )
  expect(() => resolveInputs([], { a: 1 })).toThrow('a is not declared')
  expect(() => resolveInputs(inputs, { count: 'x' })).toThrow(
    expect.objectContaining({
      fields: [
        { path: 'inputs.who', message: 'is required' },
        { path: 'inputs.count', message: 'must be a number' },
      ],
    }),
  )
})

it('refuses strange declarations with their place', () => {
  const said = parseWorkflow(
    'ci.yml',
    file.replace('type: number', 'type: date').replace('options: [low, high], ', ''),
  )
  expect(said.diagnostics.map((d) => d.code)).toEqual(
    expect.arrayContaining(['unexpected-value', 'missing-key']),
  )
})
