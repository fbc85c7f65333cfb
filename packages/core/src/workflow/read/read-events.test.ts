import { describe, expect, it } from 'vitest'
import type { Trigger } from '../model.ts'
import { parseWorkflow } from '../parse.ts'
import { cronProblem, leastMinutes } from './cron.ts'
import { eventFacts, eventTable } from './event-table.ts'

function read(on: string): { triggers: Trigger[] | undefined; said: string[] } {
  const text = `on: ${on}\njobs: {t: {runs-on: linux, steps: [{run: x}]}}\n`
  const { workflow, diagnostics } = parseWorkflow('.github/workflows/ci.yml', text)
  const said = diagnostics.map((d) => `${d.start.column} ${d.severity} ${d.code}: ${d.message}`)
  return { triggers: workflow?.on, said }
}

function first(on: string): Trigger | undefined {
  const { triggers, said } = read(on)
  expect(said).toEqual([])
  return triggers?.[0]
}

describe('every event of the language', () => {
  const names = Object.keys(eventTable).filter((name) => !['workflow_call', 'schedule'].includes(name))
  it.each(names)('%s is read alone, in a list and as a key', (name) => {
    for (const on of [name, `[${name}]`, `{${name}: }`]) expect(first(on)?.event).toBe(name)
  })

  it.each(Object.entries(eventTable))('%s takes each of its types and no other', (name) => {
    const types = eventFacts(name)?.types
    if (!types) return
    expect(first(`{${name}: {types: [${types.join(', ')}]}}`)?.types).toEqual(types)
    expect(read(`{${name}: {types: nothing}}`).said[0]).toContain(
      `unknown-type: nothing is not a type of ${name}`,
    )
  })

  it.each(Object.entries(eventTable))('%s refuses a filter that it does not have', (name, { filters }) => {
    if (name === 'workflow_call' || name === 'schedule') return
    const other = filters.some((key) => key === 'tags') ? 'types' : 'tags'
    expect(read(`{${name}: {${other}: [x]}}`).said).toEqual([
      expect.stringContaining(`unknown-filter: ${other} is not a filter of ${name}`),
    ])
  })
})

it('keeps filters as they were written', () => {
  expect(first("{push: {branches: [main, '!x'], tags-ignore: v1, paths: ['src/**']}}")).toMatchObject({
    branches: { kind: 'only', patterns: ['main', '!x'] },
    tags: { kind: 'except', patterns: ['v1'] },
    paths: { kind: 'only', patterns: ['src/**'] },
  })
  expect(first('{workflow_run: {workflows: [CI], types: completed, branches-ignore: [x]}}')).toMatchObject({
    workflows: ['CI'],
    types: ['completed'],
    branches: { kind: 'except', patterns: ['x'] },
  })
  expect(first("{image_version: {names: [A], versions: ['1.*']}}")).toMatchObject({
    names: ['A'],
    versions: ['1.*'],
  })
  expect(first('{repository_dispatch: {types: [any-word]}}')?.types).toEqual(['any-word'])
})

it.each([
  ['{push: {branches: [a], branches-ignore: [b]}}', '28 error contradicting-filters: branches'],
  ['{push: {tags: [a], tags-ignore: [b]}}', 'tags and tags-ignore cannot stand under one event'],
  ['{pull_request: {paths: [a], paths-ignore: [b]}}', 'paths and paths-ignore cannot stand under one event'],
  [
    "{push: {branches: ['[a']}}",
    '24 error invalid-pattern: the pattern [a cannot be used: a [ is never closed',
  ],
  ["{push: {branches: ['!a']}}", '13 warning only-negative'],
  ['{push: {branches: []}}', 'branches names nothing'],
  ['{push: {branches: {a: b}}}', 'branches must be a single value'],
  ['{pull_request: {tags: [a]}}', 'tags is not a filter of pull_request'],
  ['{push: {types: [created]}}', 'types is not a filter of push'],
  ['[push, pull_requst]', '12 error unknown-event: there is no event pull_requst'],
  ['{push: [main]}', 'push must be a mapping'],
  ['schedule', 'schedule names no time'],
  ['{schedule: }', 'schedule names no time'],
  ['{schedule: []}', 'schedule names no time'],
  ["{schedule: [{timezone: 'UTC'}]}", 'cron is missing'],
  ["{schedule: [{cron: '0 0 * * *', tz: UTC}]}", 'tz is not a key of a schedule'],
  ["{schedule: [{cron: '0 0 * * *', timezone: Mars/Base}]}", 'Mars/Base is not a time zone'],
  ["{schedule: [{cron: '* * * * *'}]}", 'warning frequent-schedule'],
  ["{schedule: [{cron: '@daily'}]}", '@daily is not a schedule: it must have five fields'],
])('%s: %s', (on, said) => {
  expect(read(on).said.join('\n')).toContain(said)
})

it('reads schedules with and without a time zone', () => {
  const on = "{schedule: [{cron: '30 5 * * MON-FRI', timezone: America/New_York}, {cron: '0 */6 * * *'}]}"
  expect(first(on)?.schedules).toMatchObject([
    { cron: '30 5 * * MON-FRI', timezone: 'America/New_York' },
    { cron: '0 */6 * * *' },
  ])
})

it.each([
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 7',
  '*/0 * * * *',
  '5-1 * * * *',
  '1- * * * *',
])('%s is no schedule', (cron) => {
  expect(cronProblem(cron)).toBeDefined()
})

it.each([
  ['*/15 * * * *', 15],
  ['7/10 * * * *', 10],
  ['2/57 * * * *', 3],
  ['0,58 * * * *', 2],
  ['0-10 * * * *', 1],
  ['3,23,43 * * * *', 20],
  ['30 5,17 * jan,DEC sun', 60],
])('%s has at least %i minutes between two times', (cron, minutes) => {
  expect(cronProblem(cron)).toBeUndefined()
  expect(leastMinutes(cron)).toBe(minutes)
})
