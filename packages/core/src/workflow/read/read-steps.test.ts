import { describe, expect, it } from 'vitest'
import { parseWorkflow } from '../parse.ts'
import { parseAction } from '../parse-action.ts'
import { stepTitle } from '../step-title.ts'

/** The steps of a job, or what is wrong with them as `code: message`. */
function read(steps: string) {
  const text = `on: push\njobs:\n  t:\n    runs-on: linux\n    steps:\n${steps.trim().replace(/^/gm, '      ')}\n`
  const { workflow, diagnostics } = parseWorkflow('.github/workflows/ci.yml', text)
  return workflow?.jobs[0]?.steps ?? diagnostics.map((d) => `${d.code}: ${d.message}`)
}

describe('steps in the background', () => {
  it('are named by their ids where others wait for them or end them', () => {
    const steps = read(`
- {run: a, id: One, background: true}
- {uses: actions/checkout@v4, id: two, background: true}
- {run: c, background: false}
- {wait: [one, TWO, one], name: Both, id: w, continue-on-error: true}
- wait: two
- wait-all:
- {wait-all: true}
- {cancel: one}`)
    expect(steps).toMatchObject([
      { kind: 'run', number: 1, background: true },
      { kind: 'uses', number: 2, background: true },
      { kind: 'run', number: 3 },
      { kind: 'wait', number: 4, for: [1, 2], id: 'w' },
      { kind: 'wait', number: 5, for: [2] },
      { kind: 'wait', number: 6, for: 'all' },
      { kind: 'wait', number: 7, for: 'all' },
      { kind: 'cancel', number: 8, of: 1 },
    ])
    expect(steps[2]).not.toHaveProperty('background')
  })

  it('of a group are followed by a step that waits for them', () => {
    const steps = read(`
- parallel:
    - {run: a, name: A}
    - {run: b, id: b}
    - {run: "\\nc\\nd"}
- wait: b`)
    expect(steps).toMatchObject([
      { kind: 'run', number: 1, background: true },
      { kind: 'run', number: 2, background: true },
      { kind: 'run', number: 3, background: true },
      { kind: 'wait', number: 4, for: [1, 2, 3] },
      { kind: 'wait', number: 5, for: [2] },
    ])
    const titles = steps.map((step) =>
      typeof step === 'string'
        ? step
        : stepTitle(
            step,
            steps.filter((one) => typeof one !== 'string'),
          ),
    )
    expect(titles).toEqual(['Run a', 'Run b', 'Run c', 'Wait for A, b, step 3', 'Wait for b'])
  })

  it.each([
    ['- wait: nobody', 'unknown-step: nobody is no step in the background before this one'],
    ['- {run: a, id: a}\n- wait: a', 'unknown-step: a is no step in the background before this one'],
    [
      '- wait: a\n- {run: a, id: a, background: true}',
      'unknown-step: a is no step in the background before this one',
    ],
    [
      '- {run: a, id: a, background: true}\n- cancel: b',
      'unknown-step: b is no step in the background before this one',
    ],
    [
      '- {run: a, id: a, background: true}\n- {wait: a, if: always()}',
      'misplaced-key: if cannot stand in a step with wait',
    ],
    ['- {wait-all: , if: always()}', 'misplaced-key: if cannot stand in a step with wait-all'],
    ['- {wait-all: false}', 'unexpected-value: wait-all takes nothing'],
    ['- {wait-all: , run: x}', 'misplaced-key: run cannot stand in a step with wait-all'],
    ['- wait: []', 'missing-key: wait names no step'],
    ['- {parallel: [{run: x}], name: Group}', 'misplaced-key: name cannot stand in a step with parallel'],
    ['- parallel: []', 'missing-key: there is no step in parallel'],
    ['- parallel: [{parallel: [{run: x}]}]', 'misplaced-key: parallel cannot stand in parallel'],
    ['- parallel: [{wait-all: }]', 'misplaced-key: wait-all cannot stand in parallel'],
    ['- {run: a, background: "${{ true }}"}', 'wrong-type: background must be true or false'],
    ['- {run: a, background: yes}', 'wrong-type: background must be true or false'],
    [
      '- {run: a, id: b, background: true}\n- {wait: b, id: b}',
      'duplicate-id: another step of the job has the id b',
    ],
  ])('%s is refused', (steps, said) => {
    expect(read(steps)).toContain(said)
  })

  it.each(['background: true', 'wait-all: ', 'wait: a', 'cancel: a', 'parallel: []'])(
    'are none of a composite action: %s',
    (key) => {
      const { diagnostics } = parseAction('action.yml', `runs: {using: composite, steps: [{${key}}]}`)
      expect(diagnostics[0]).toMatchObject({
        code: 'misplaced-key',
        message: `${key.split(':')[0]} cannot stand in a composite action`,
      })
    },
  )
})
