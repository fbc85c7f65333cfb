import { describe, expect, it } from 'vitest'
import { parseWorkflow } from '../parse.ts'
import { readYaml, type YamlNode } from './yaml-tree.ts'

const read = (text: string) => parseWorkflow('.github/workflows/ci.yml', text)
const said = (text: string) => read(text).diagnostics.map((d) => `${d.start.line}: ${d.code}`)
const job = (lines: string) => `on: push\njobs:\n  t:\n    runs-on: linux\n    steps: [{run: x}]\n${lines}`

describe('scalars are those of YAML 1.2', () => {
  it.each([
    ['yes', 'yes'],
    ['No', 'No'],
    ['on', 'on'],
    ['OFF', 'OFF'],
    ['y', 'y'],
    ['true', true],
    ['False', false],
    ['null', null],
    ['~', null],
    ['', null],
    ['010', 10],
    ['0o17', 15],
    ['0x1A', 26],
    ['1.10', 1.1],
    ['1e3', 1000],
    ['-.5', -0.5],
    ['1_000', '1_000'],
    ['190:20:30', '190:20:30'],
    ['2001-12-14', '2001-12-14'],
    ['"010"', '010'],
    ["'true'", 'true'],
    ['!!str 5', '5'],
    ['.inf', Number.POSITIVE_INFINITY],
  ])('%s', (written, value) => {
    const { root, diagnostics } = readYaml('a.yml', `v: ${written}\n`)
    expect(diagnostics).toEqual([])
    expect(plainOf(root)).toEqual({ v: value })
  })

  it('blocks keep or fold their lines as they say', () => {
    const { root } = readYaml(
      'a.yml',
      'a: |\n  one\n  two\nb: >-\n  one\n  two\nc: |+\n  x\n\nd: "a\\tb\\u00e9"\n',
    )
    expect(plainOf(root)).toEqual({ a: 'one\ntwo\n', b: 'one two', c: 'x\n\n', d: 'a\tbé' })
  })
})

describe('anchors', () => {
  it('stand for what they name, wherever it is used again', () => {
    const { workflow, diagnostics } = read(`
on: push
env: &shared {A: b}
jobs:
  one: &job
    runs-on: linux
    env: *shared
    steps: &steps
      - run: x
  two: *job
  three: {runs-on: linux, steps: *steps}
`)
    expect(diagnostics).toEqual([])
    expect(workflow?.jobs.map((one) => [one.key, one.steps.length, one.env.length])).toEqual([
      ['one', 1, 1],
      ['two', 1, 1],
      ['three', 1, 0],
    ])
  })

  it.each([
    [
      'a merge key, which GitHub does not take',
      job('    env: {<<: *a}\n').replace('on: push', 'env: &a {A: b}\non: push'),
      '7: merge-key',
    ],
    [
      'a merge key of a job',
      'on: push\njobs:\n  a: &a {runs-on: linux, steps: [{run: x}]}\n  b:\n    <<: *a\n',
      '5: merge-key',
    ],
    ['a name that is not there', job('    env: *none\n'), '6: unknown-anchor'],
    ['a name that contains itself', job('    env: &e {A: *e}\n'), '6: circular-alias'],
  ])('%s is refused', (_name, text, expected) => {
    expect(said(text)).toContain(expected)
  })

  it('a quoted << is a name like any other', () => {
    expect(readYaml('a.yml', '"<<": x\n').diagnostics).toEqual([])
  })
})

describe('a key that stands twice is refused', () => {
  it.each([
    [
      'at the top',
      'on: push\nname: a\nname: b\njobs: {t: {runs-on: linux, steps: [{run: x}]}}\n',
      '3: duplicate-key',
    ],
    ['in a job', job('    name: a\n    Name: b\n'), '7: duplicate-key'],
    ['in env, whatever its case', job('    env:\n      A: 1\n      a: 2\n'), '8: duplicate-key'],
    [
      'among jobs',
      'on: push\njobs:\n  t: {runs-on: linux, steps: [{run: x}]}\n  T: {runs-on: linux, steps: [{run: x}]}\n',
      '4: duplicate-key',
    ],
  ])('%s', (_name, text, expected) => {
    expect(said(text)).toContain(expected)
  })
})

function plainOf(node: YamlNode | undefined): unknown {
  if (node?.kind === 'map')
    return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainOf(value)]))
  if (node?.kind === 'list') return node.items.map(plainOf)
  return node?.value
}
