import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { contextNames } from '../../expressions/contexts.ts'
import { parseExpression } from '../../expressions/parse-expression.ts'
import { parseWorkflow } from '../parse.ts'
import { exampleOfEvent, exampleOfFilter, exampleOfKey } from './examples.fixture.ts'
import { keyVerdict } from './keys.ts'
import { proofOf } from './proofs.fixture.ts'
import { schemaContexts, schemaFunctions, schemaKeys } from './schema.fixture.ts'
import { filterVerdict, type SupportRow, supportTable } from './table.ts'

const rows = supportTable()
const of = (kind: SupportRow['kind']) => rows.filter((row) => row.kind === kind)
const read = (text: string) => parseWorkflow('.github/workflows/ci.yml', text)
const errors = (text: string) => read(text).diagnostics.filter((d) => d.severity === 'error')

/** A row with its example must parse, or be refused with its note. */
function holds(row: SupportRow, text: string | undefined): void {
  if (text === undefined) throw new Error(`${row.name} has no example in support/examples.fixture.ts`)
  const found = errors(text)
  if (row.how === 'refused') expect(found.map((d) => d.hint)).toContain(row.note)
  else expect(found).toEqual([])
}

describe('every word of GitHub’s schema is in the table', () => {
  it.each(schemaKeys())('%s', (path) => {
    const [, event, filter] = /^on\.([a-z_]+)(.*)$/.exec(path) ?? []
    if (event === undefined) return expect(keyVerdict(path)).toBeDefined()
    if (filter === '') return expect(of('event').map((row) => row.name)).toContain(event)
    return expect(filterVerdict(`${event}${filter}`)).toBeDefined()
  })

  it('contexts and functions', () => {
    const names = (kind: SupportRow['kind']) => of(kind).map((row) => row.name)
    expect(names('context').toSorted()).toEqual(schemaContexts().toSorted())
    expect(names('function')).toEqual(expect.arrayContaining(schemaFunctions()))
  })

  it('and nothing twice', () => {
    const names = rows.map((row) => `${row.kind} ${row.name}`)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
    expect(rows.length).toBeGreaterThan(200)
  })
})

describe('what the table says of a key is what happens', () => {
  it.each(of('key').map((row) => ({ row, name: row.name })))('$name', ({ row, name }) => {
    const text = exampleOfKey(name)
    holds(row, text)
    expect(stands(parse(text ?? ''), name)).toBe(true)
  })
})

describe('what a key does is shown by a test that there is', () => {
  const here = of('key').filter((row) => row.how !== 'refused')
  it.each(here.map((row) => row.name))('%s', (name) => {
    const proof = proofOf(name)
    if (!proof) throw new Error(`${name} has no test in support/proofs.fixture.ts`)
    const file = new URL(`../../../../../${proof.test}`, import.meta.url)
    expect(readFileSync(file, 'utf8')).toContain(proof.name)
    expect(proof.name.length).toBeGreaterThan(10)
  })
})

describe('what the table says of an event is what happens', () => {
  it.each(of('event').map((row) => ({ row, name: row.name })))('$name', ({ row, name }) => {
    holds(row, exampleOfEvent(name))
  })
  it.each(of('filter').map((row) => ({ row, name: row.name })))('$name', ({ row, name }) => {
    holds(row, exampleOfFilter(name))
  })
})

it('what the table says of a context is what happens', () => {
  const here: readonly string[] = contextNames
  for (const row of of('context')) expect(here.includes(row.name)).toBe(row.how !== 'refused')
  const step = (name: string) =>
    name === 'jobs'
      ? `on: {workflow_call: {outputs: {o: {value: "\${{ jobs.t.outputs.a }}"}}}}\njobs: {t: {runs-on: linux, steps: [{run: x}]}}\n`
      : `on: push\njobs: {t: {runs-on: linux, steps: [{run: "\${{ ${name}.a }}"}]}}\n`
  for (const row of of('context')) {
    const hints = errors(step(row.name)).map((d) => d.hint)
    expect(hints).toEqual(row.how === 'refused' ? [row.note] : [])
  }
})

describe('what the table says of a function is what happens', () => {
  const call: Record<string, string> = {
    contains: "contains('ab', 'a')",
    startsWith: "startsWith('ab', 'a')",
    endsWith: "endsWith('ab', 'b')",
    format: "format('{0}', 'a')",
    join: "join(github.event.x, ',')",
    toJSON: 'toJSON(github)',
    fromJSON: "fromJSON('[]')",
    case: "case(true, 'a', 'b')",
    hashFiles: "hashFiles('**/a')",
    success: 'success()',
    always: 'always()',
    cancelled: 'cancelled()',
    failure: 'failure()',
  }
  it.each(of('function').map((row) => row.name))('%s', (name) => {
    const text = call[name] ?? ''
    expect(
      parseExpression(text, {
        contexts: ['github'],
        functions: ['hashFiles', 'success', 'always', 'cancelled', 'failure'].map((known) => ({
          name: known,
          minArgs: 0,
          maxArgs: 9,
        })),
      }).problem,
    ).toBeUndefined()
    for (const spelled of [text, text.replace(name, name.toUpperCase())]) {
      const yaml = `on: push\njobs: {t: {runs-on: linux, steps: [{run: x, if: "${spelled}"}]}}\n`
      expect(errors(yaml)).toEqual([])
    }
  })
})

describe('what the table says of a shell is what happens', () => {
  it.each(of('shell').map((row) => ({ row, name: row.name })))('$name', ({ row, name }) => {
    holds(row, `on: push\njobs: {t: {runs-on: linux, steps: [{run: x, shell: ${name}}]}}\n`)
  })
})

/** Whether a key stands at a path of a document: `jobs.<job_id>.steps[*].run`. */
function stands(document: unknown, path: string): boolean {
  const parts = path.split('.').flatMap((part) => (part.endsWith('[*]') ? [part.slice(0, -3), '*'] : [part]))
  return reaches(document, parts)
}

function reaches(value: unknown, [part, ...rest]: string[]): boolean {
  if (part === undefined) return true
  if (value === null || typeof value !== 'object') return false
  if (part === '*' || part.startsWith('<')) return Object.values(value).some((item) => reaches(item, rest))
  return part in value && reaches(Object.entries(value).find(([key]) => key === part)?.[1], rest)
}
