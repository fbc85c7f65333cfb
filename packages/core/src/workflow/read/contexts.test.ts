import { describe, expect, it } from 'vitest'
import { contextNames } from '../../expressions/contexts.ts'
import { parseWorkflow } from '../parse.ts'

/**
 * Which contexts each key may name, from GitHub's table "Context availability"
 * (https://docs.github.com/actions/reference/workflows-and-actions/contexts). In each text `@` is an expression.
 */
const outside = ['github', 'inputs', 'vars']
const planned = [...outside, 'needs']
const leg = [...planned, 'strategy', 'matrix']
const inJob = [...leg, 'job', 'runner', 'env', 'secrets', 'steps']
const noSecrets = inJob.filter((name) => name !== 'secrets')

const places: Array<[key: string, allowed: string[], text: (expression: string) => string]> = [
  ['run-name', outside, (x) => file({ top: `run-name: ${x}` })],
  ['env', [...outside, 'secrets'], (x) => file({ top: `env: {A: ${x}}` })],
  ['concurrency', outside, (x) => file({ top: `concurrency: ${x}` })],
  ['jobs.<job_id>.name', leg, (x) => file({ job: `name: ${x}` })],
  ['jobs.<job_id>.if', planned, (x) => file({ job: `if: ${x}` })],
  ['jobs.<job_id>.runs-on', leg, (x) => file({ runsOn: x })],
  ['jobs.<job_id>.env', [...leg, 'secrets'], (x) => file({ job: `env: {A: ${x}}` })],
  ['jobs.<job_id>.continue-on-error', leg, (x) => file({ job: `continue-on-error: ${x}` })],
  ['jobs.<job_id>.timeout-minutes', leg, (x) => file({ job: `timeout-minutes: ${x}` })],
  ['jobs.<job_id>.strategy', planned, (x) => file({ job: `strategy: {matrix: {v: [${x}]}}` })],
  ['jobs.<job_id>.concurrency', leg, (x) => file({ job: `concurrency: ${x}` })],
  [
    'jobs.<job_id>.defaults.run',
    [...leg, 'env'],
    (x) => file({ job: `defaults: {run: {working-directory: ${x}}}` }),
  ],
  ['jobs.<job_id>.outputs.<output_id>', inJob, (x) => file({ job: `outputs: {a: ${x}}` })],
  ['jobs.<job_id>.steps.run', inJob, (x) => file({ step: `run: ${x}` })],
  ['jobs.<job_id>.steps.name', inJob, (x) => file({ step: `run: x, name: ${x}` })],
  ['jobs.<job_id>.steps.env', inJob, (x) => file({ step: `run: x, env: {A: ${x}}` })],
  ['jobs.<job_id>.steps.if', noSecrets, (x) => file({ step: `run: x, if: ${x}` })],
  ['jobs.<job_id>.steps.working-directory', inJob, (x) => file({ step: `run: x, working-directory: ${x}` })],
  ['jobs.<job_id>.steps.continue-on-error', inJob, (x) => file({ step: `run: x, continue-on-error: ${x}` })],
  ['jobs.<job_id>.steps.timeout-minutes', inJob, (x) => file({ step: `run: x, timeout-minutes: ${x}` })],
  ['jobs.<job_id>.steps.with', inJob, (x) => file({ step: `uses: actions/checkout@v4, with: {ref: ${x}}` })],
]

function file({ top = 'name: a', job = 'name: b', runsOn = 'linux', step = 'run: x' }): string {
  return `on: push\n${top}\njobs:\n  t:\n    runs-on: ${runsOn}\n    ${job}\n    steps: [{${step}}]\n`
}

function codes(text: string): string[] {
  return parseWorkflow('.github/workflows/ci.yml', text).diagnostics.map((d) => d.code)
}

describe.each(places)('%s', (_key, allowed, text) => {
  it.each([...contextNames])('%s', (context) => {
    const found = codes(text(`"\${{ ${context}.a }}"`))
    expect(found).toEqual(allowed.includes(context) ? [] : ['unknown-context'])
  })

  it('takes no name that is no context, and no function that there is not', () => {
    expect(codes(text('"${{ gihub.a }}"'))).toEqual(['unknown-context'])
    expect(codes(text('"${{ contain(github.a, 1) }}"'))).toEqual(['unknown-function'])
  })
})

describe('status functions and hashFiles', () => {
  it.each(['success()', 'failure()', 'always()', 'cancelled()'])('%s stands in conditions alone', (call) => {
    expect(codes(file({ job: `if: ${call}` }))).toEqual([])
    expect(codes(file({ step: `run: x, if: ${call}` }))).toEqual([])
    expect(codes(file({ step: `run: "\${{ ${call} }}"` }))).toEqual(['unknown-function'])
    expect(codes(file({ top: `env: {A: "\${{ ${call} }}"}` }))).toEqual(['unknown-function'])
  })

  it('hashFiles stands where there are files', () => {
    expect(codes(file({ step: `run: "\${{ hashFiles('a') }}"` }))).toEqual([])
    expect(codes(file({ step: `run: x, if: hashFiles('a') != ''` }))).toEqual([])
    expect(codes(file({ job: `if: hashFiles('a') != ''` }))).toEqual(['unknown-function'])
    expect(codes(file({ job: `env: {A: "\${{ hashFiles('a') }}"}` }))).toEqual(['unknown-function'])
  })

  it('what is wrong is said with its place in the file', () => {
    const { diagnostics } = parseWorkflow('ci.yml', file({ step: 'run: "echo ${{ gihub.ref }}"' }))
    expect(diagnostics[0]).toMatchObject({ code: 'unknown-context', start: { line: 7, column: 29 } })
  })
})

it('where no expression may stand, it is refused', () => {
  const named = 'name: "${{ github.ref }}"\non: push\njobs: {t: {runs-on: linux, steps: [{run: x}]}}\n'
  expect(codes(named).length).toBeGreaterThan(0)
  expect(
    codes('on: "${{ github.ref }}"\njobs: {t: {runs-on: linux, steps: [{run: x}]}}\n').length,
  ).toBeGreaterThan(0)
  expect(codes(file({ step: 'run: x, id: "${{ github.ref }}"' })).length).toBeGreaterThan(0)
})
