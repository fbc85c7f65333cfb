import { expect, it } from 'vitest'
import { linkWorkflow } from '../workflow/link-calls.ts'
import { grantsIdToken } from './grants-id-token.ts'

const steps = 'runs-on: linux\n    steps: [{run: echo}]'

function granted(top: string, caller: string, called: string): boolean {
  const root = `on: push\n${top}\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n    ${caller}\n`
  const text = `on: workflow_call\n${called}\njobs:\n  b:\n    ${steps}\n`
  const { workflow, diagnostics } = linkWorkflow(
    { file: '.github/workflows/a.yml', text: root },
    { '.github/workflows/b.yml': text },
    {},
  )
  if (!workflow) throw new Error(JSON.stringify(diagnostics))
  return grantsIdToken(workflow, [{ key: 'a' }], 'b')
}

const write = 'permissions: {id-token: write}'

it.each([
  ['', '', write, false],
  [write, '', '', true],
  [write, '', write, true],
  [write, '', 'permissions: {contents: read}', false],
  [write, 'permissions: {}', write, false],
  ['', write, write, true],
  ['permissions: read-all', '', write, false],
  ['permissions: write-all', '', '', true],
])('of a workflow that says %j, a call that says %j and a called one that says %j: %s', (...given) => {
  const [top, caller, called, expected] = given
  expect(granted(top, caller, called)).toBe(expected)
})
