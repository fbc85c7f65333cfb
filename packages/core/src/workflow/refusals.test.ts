import { expect, it } from 'vitest'
import { parseWorkflow } from './parse.ts'

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
  'concurrency: {group: a, queue: max}',
  'concurrency: {group: a, cancel-in-progress: "${{ github.ref != vars.main }}"}',
  'strategy: {matrix: {v: "${{ fromJSON(vars.m) }}", include: [], exclude: []}}',
])('%s is taken', (key) => {
  expect(mistake(`    ${key}`)).toBeUndefined()
})

it('a machine described by a mapping is refused until it is built', () => {
  const text = 'on: push\njobs: {t: {runs-on: {group: big}, steps: [{run: x}]}}\n'
  const { diagnostics, workflow } = parseWorkflow('.github/workflows/ci.yml', text)
  expect(workflow).toBeUndefined()
  expect(diagnostics).toContainEqual(
    expect.objectContaining({
      code: 'unsupported-key',
      message: 'runs-on as a mapping is not built yet',
      hint: 'Write `runs-on: ubuntu-latest`.',
    }),
  )
})
