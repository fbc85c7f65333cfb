import { expect, it } from 'vitest'
import { parseWorkflow } from '../parse.ts'

/** The first mistake that is found in a job with these lines, as `code: message`. */
function mistake(lines: string): string | undefined {
  const text = `on: push\njobs:\n  t:\n    runs-on: linux\n${lines}\n    steps: [{run: x}]\n`
  const [first] = parseWorkflow('.github/workflows/ci.yml', text).diagnostics
  return first && `${first.code}: ${first.message}`
}

it.each([
  [
    'a shell of Windows',
    'defaults: {run: {shell: cmd}}',
    'unsupported-shell: the shell cmd is one of Windows',
  ],
  [
    'the other shell of Windows',
    'defaults: {run: {shell: powershell}}',
    'unsupported-shell: the shell powershell is one of Windows',
  ],
  [
    'a shell that nobody knows',
    'defaults: {run: {shell: fish}}',
    'unsupported-shell: the shell fish is not known',
  ],
  [
    'a shell that is nothing but the script',
    'defaults: {run: {shell: " {0} "}}',
    'unsupported-shell: the shell  {0}  is not known',
  ],
  ['a key of defaults', 'defaults: {runs: {shell: bash}}', 'unknown-key: runs is not a key of defaults'],
  ['a key of a strategy', 'strategy: {matrx: {v: [1]}}', 'unknown-key: matrx is not a key of strategy'],
  [
    'a number of jobs that is none',
    'strategy: {max-parallel: 0, matrix: {v: [1]}}',
    'invalid-strategy: 0 is not a number of jobs',
  ],
  [
    'half a job at once',
    'strategy: {max-parallel: 1.5, matrix: {v: [1]}}',
    'invalid-strategy: 1.5 is not a number of jobs',
  ],
  ['a matrix that is a word', 'strategy: {matrix: all}', 'wrong-type: matrix must be a mapping'],
  [
    'a name of a matrix without values',
    'strategy: {matrix: {v: []}}',
    'invalid-matrix: v of the matrix must be a list with something in it',
  ],
  [
    'a name of a matrix with one value',
    'strategy: {matrix: {v: 1}}',
    'invalid-matrix: v of the matrix must be a list',
  ],
  [
    'a key of concurrency',
    'concurrency: {group: a, grup: a}',
    'unknown-key: grup is not a key of concurrency',
  ],
  [
    'concurrency without a group',
    'concurrency: {cancel-in-progress: true}',
    'missing-key: concurrency names no group',
  ],
  [
    'a queue that nobody knows',
    'concurrency: {group: a, queue: many}',
    'invalid-concurrency: queue is single or max, not many',
  ],
  [
    'a queue behind what is cancelled',
    'concurrency: {group: a, queue: max, cancel-in-progress: true}',
    'invalid-concurrency: queue: max and cancel-in-progress: true exclude each other',
  ],
  [
    'a cancel that is neither true nor false',
    'concurrency: {group: a, cancel-in-progress: sometimes}',
    'invalid-concurrency: cancel-in-progress is true or false, not sometimes',
  ],
  [
    'a secret in the name of a group',
    'concurrency: "${{ secrets.a }}"',
    'unknown-context: the name secrets is not known here',
  ],
])('%s is refused in words', (_name, key, said) => {
  expect(mistake(`    ${key}`)).toBe(said)
})

it.each([
  'defaults: {run: {shell: "perl {0}"}}',
  'defaults: {run: {shell: node}}',
  'strategy: {max-parallel: 2, matrix: {v: [1]}}',
  'strategy: {max-parallel: "${{ vars.most }}", matrix: {v: [1]}}',
  'strategy: {matrix: "${{ fromJSON(vars.m) }}"}',
  'concurrency: "deploy-${{ github.ref }}-${{ matrix.v }}-${{ needs.x.outputs.y }}"',
  'environment: "${{ inputs.to }}"',
  'environment: {name: production, deployment: false}',
  'environment: {name: production, url: "https://${{ steps.s.outputs.host }}"}',
  'concurrency: {group: a, queue: max}',
  'concurrency: {group: a, cancel-in-progress: "${{ github.ref != vars.main }}"}',
  'strategy: {matrix: {v: "${{ fromJSON(vars.m) }}", include: [], exclude: []}}',
])('%s is taken', (key) => {
  expect(mistake(`    ${key}`)).toBeUndefined()
})

/** What is said of a machine in a file, when the labels in `machines` are there. */
function said(runsOn: string, machines: string[] = []): string[] {
  const text = `on: push\njobs: {t: {runs-on: ${runsOn}, steps: [{run: x}]}}\n`
  return parseWorkflow('ci.yml', text, { machines }).diagnostics.map((one) => one.message)
}

it.each([
  'ubuntu-latest',
  'gpu',
  '[self-hosted, gpu]',
  '{group: big}',
  '{group: big, labels: [gpu, linux]}',
  '"${{ fromJSON(vars.machines) }}"',
  '{group: "${{ vars.group }}", labels: "${{ vars.label }}"}',
])('runs-on: %s is taken', (runsOn) => {
  expect(said(runsOn)).toEqual([])
})

it.each([
  ['windows-latest', 'no machine here is windows-latest: the job fails when its turn comes'],
  ['[self-hosted, macos-15]', 'no machine here is macos-15: the job fails when its turn comes'],
  ['{labels: windows-2025}', 'no machine here is windows-2025: the job fails when its turn comes'],
  ['{grup: a, labels: b}', 'grup is not a key of runs-on'],
  ['{}', 'runs-on names neither a group nor labels'],
  ['[]', 'runs-on names no label'],
])('runs-on: %s is told in words', (runsOn, words) => {
  expect(said(runsOn)).toEqual([words])
})

it('a machine of another system is taken while a worker says that it is one', () => {
  expect(said('windows-latest', ['linux', 'Windows-*'])).toEqual([])
  expect(said('macos-15', ['linux', 'Windows-*'])).toEqual([
    'no machine here is macos-15: the job fails when its turn comes',
  ])
})
