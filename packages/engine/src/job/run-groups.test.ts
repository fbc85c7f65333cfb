import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import { expect, it } from 'vitest'
import { createRunGroups } from './run-groups.ts'

function scene(concurrency: string, own?: string) {
  const text = `on: push\n${own ? `concurrency: ${own}\n` : ''}jobs: {a: {runs-on: linux, concurrency: ${concurrency}, steps: [{run: x}]}}\n`
  const { workflow, diagnostics } = parseWorkflow('.github/workflows/a.yml', text)
  const [job] = workflow?.jobs ?? []
  if (!workflow || !job) throw new Error(JSON.stringify(diagnostics))
  const groups = createRunGroups(workflow, { github: { ref: 'main' } })
  return { leave: groups.leave, turn: (name: string) => groups.turn(name, job, { github: { ref: 'main' } }) }
}

it('one job holds a group, the next waits until it has ended', () => {
  const { turn, leave } = scene('"to-${{ github.ref }}"')
  expect(turn('one')).toEqual({ state: 'holds', cancel: [] })
  expect(turn('two').state).toBe('waits')
  expect([turn('one').state, turn('two').state]).toEqual(['holds', 'waits'])
  leave('one')
  expect(turn('two').state).toBe('holds')
})

it('a third takes the place of the second', () => {
  const { turn } = scene('same')
  turn('one')
  turn('two')
  expect(turn('three')).toEqual({
    state: 'waits',
    cancel: [{ name: 'two', reason: 'It waited in the group same, and the job three took its place.' }],
  })
})

it('with cancel-in-progress it names the one that runs, which holds its group until it has ended', () => {
  const { turn, leave } = scene('{group: same, cancel-in-progress: true}')
  turn('one')
  const { state, cancel } = turn('two')
  expect(state).toBe('waits')
  expect(cancel.map(({ name }) => name)).toEqual(['one'])
  expect(turn('two')).toEqual({ state: 'waits', cancel: [] })
  leave('one')
  expect(turn('two').state).toBe('holds')
})

it('the group of the workflow itself, and a value that is none, end the job', () => {
  expect(scene('Mine', 'mine').turn('a')).toMatchObject({ state: 'ended', conclusion: 'cancelled' })
  expect(scene('"${{ fromJSON(github.ref) }}"').turn('a')).toMatchObject({
    state: 'ended',
    conclusion: 'failure',
  })
})
