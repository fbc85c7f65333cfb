import { expect, it } from 'vitest'
import { parseWorkflow } from '../workflow/parse.ts'
import { isStatic, machineWish } from './machine-wish.ts'

function wish(runsOn: string, vars: Record<string, string> = {}) {
  const text = `on: push\njobs: {t: {runs-on: ${runsOn}, steps: [{run: x}]}}\n`
  const [job] = parseWorkflow('ci.yml', text).workflow?.jobs ?? []
  if (!job) throw new Error('it was refused')
  return { isStatic: isStatic(job.runsOn), ...machineWish(job.runsOn, { vars, matrix: { os: 'linux' } }) }
}

it.each([
  ['ubuntu-latest', { isStatic: true, labels: ['ubuntu-latest'] }],
  ['[self-hosted, GPU, gpu]', { isStatic: true, labels: ['self-hosted', 'gpu'] }],
  ['{group: big, labels: [gpu]}', { isStatic: true, group: 'big', labels: ['gpu'] }],
  ['{group: big}', { isStatic: true, group: 'big', labels: [] }],
  ['["${{ matrix.os }}", gpu]', { isStatic: false, labels: ['linux', 'gpu'] }],
])('runs-on: %s', (runsOn, expected) => {
  expect(wish(runsOn)).toEqual(expected)
})

it('one expression may come to a list, or to a mapping', () => {
  const runsOn = '"${{ fromJSON(vars.m) }}"'
  expect(wish(runsOn, { m: '["a", "b"]' }).labels).toEqual(['a', 'b'])
  expect(wish(runsOn, { m: '{"group": "big", "labels": "a"}' })).toMatchObject({
    group: 'big',
    labels: ['a'],
  })
})

it.each([
  ['""', 'a label of runs-on is empty'],
  ['[]', 'runs-on names no machine'],
  ['[{"a": 1}]', 'a label of runs-on is a mapping'],
  ['{"group": ["a"]}', 'the group of runs-on is no name'],
])('what comes to %s is a mistake in words', (value, said) => {
  expect(() => wish('"${{ fromJSON(vars.m) }}"', { m: value })).toThrow(said)
})
