import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../base/json.ts'
import { parseWorkflow } from '../workflow/parse.ts'
import { jobName, legKeys, legName, runName } from './leg-names.ts'

function read(head: string, job = '') {
  const text = `on: push\n${head}\njobs:\n  t:\n    runs-on: linux\n${job}\n    steps: [{run: x}]\n`
  const { workflow, diagnostics } = parseWorkflow('ci.yml', text)
  const first = workflow?.jobs[0]
  if (!first) throw new Error(JSON.stringify(diagnostics))
  return { workflow, job: first }
}

const named = (name: string) => read('', `    name: ${JSON.stringify(name)}`).job
const titled = (title: string) => read(`run-name: ${JSON.stringify(title)}`).workflow
const unreadable = "${{ fromJSON('{') }}"
/** A fault of ours, not of the workflow. */
const broken = {
  vars: {
    get name(): string {
      throw new Error('a fault of ours')
    },
  },
}

describe('the name of a job', () => {
  it('is its key where it has none, or none that is left when evaluated', () => {
    expect(jobName(read('').job, {})).toBe('t')
    expect(jobName(named('${{ vars.none }}'), {})).toBe('t')
  })

  it('is evaluated, and stands as written where it cannot be', () => {
    expect(jobName(named('Test ${{ vars.name }}'), { vars: { name: 'all' } })).toBe('Test all')
    expect(jobName(named(unreadable), {})).toBe(unreadable)
  })

  it('hides no fault of ours', () => {
    expect(() => jobName(named('${{ vars.name }}'), broken)).toThrow('a fault of ours')
  })
})

describe('the name of a run', () => {
  it('is left to the workflow where there is none, or none that is left when evaluated', () => {
    expect(runName(read('').workflow, {})).toBeUndefined()
    expect(runName(titled(' ${{ vars.none }} '), {})).toBeUndefined()
    expect(runName(titled(unreadable), {})).toBeUndefined()
  })

  it('is evaluated and put on one line', () => {
    const contexts = { vars: { name: '  one\n\n two\t' } }
    expect(runName(titled('Say ${{ vars.name }}'), contexts)).toBe('Say one two')
  })

  it('is cut at 200 characters', () => {
    expect(runName(titled('${{ vars.name }}'), { vars: { name: 'x'.repeat(201) } })).toBe('x'.repeat(200))
  })

  it('hides no fault of ours', () => {
    expect(() => runName(titled('${{ vars.name }}'), broken)).toThrow('a fault of ours')
  })
})

describe('the name of a leg', () => {
  it.each<[string, JsonValue, string]>([
    ['a value', 1, 't (1)'],
    ['a truth', false, 't (false)'],
    ['nothing', null, 't'],
    ['empty text', '', 't'],
    ['text of several lines', 'one\n\n  two', 't (one two)'],
    ['a list', ['x', ['y']], 't (x, y)'],
    ['a list without values', [null, ''], 't'],
    ['a mapping', { a: 'x', b: null, c: { d: 'y' } }, 't (x, y)'],
  ])('says %s', (_name, value, name) => {
    expect(legName(read('').job, { v: value }, {})).toBe(name)
  })

  it('is cut at 100 characters as on GitHub, with its values or as an expression', () => {
    const job = read('').job
    expect(legName(job, { v: 'x'.repeat(96) }, {})).toBe(`t (${'x'.repeat(96)})`)
    expect(legName(job, { v: 'x'.repeat(97) }, {})).toBe(`t (${'x'.repeat(94)}...`)
    const expression = named('${{ matrix.v }}')
    const combination = { v: 'y'.repeat(101) }
    expect(legName(expression, combination, { matrix: combination })).toBe(`${'y'.repeat(97)}...`)
  })
})

it('legs with the same values are told apart by counting up from 2', () => {
  expect(legKeys('t', [{ a: 1 }, { a: '1' }, { a: 1, b: null }])).toEqual(['t (1)', 't (1) #2', 't (1) #3'])
})

it('names and keys of legs are as on GitHub', () => {
  const leg = { a: 1, b: { x: 'two', y: ['three', ''] } }
  expect(legName(read('').job, leg, {})).toBe('t (1, two, three)')
  expect(legName(named('Test'), leg, {})).toBe('Test (1, two, three)')
  expect(legName(named('Test ${{ matrix.a }}'), leg, { matrix: leg })).toBe('Test 1')
  expect(legKeys('t', [{ a: 1 }, { a: '1' }, { a: '1 #2' }, {}])).toEqual([
    't (1)',
    't (1) #2',
    't (1 #2)',
    't',
  ])
})
