import { expect, it } from 'vitest'
import { formatDiagnostic } from '../base/diagnostics.ts'
import { parseAction } from './parse-action.ts'

const said = (text: string) =>
  parseAction('a/action.yml', text).diagnostics.map((d) => formatDiagnostic(d).split('\n')[0])

it('reads a composite and a JavaScript action', () => {
  const composite = parseAction(
    'a/action.yml',
    `name: A
inputs: {x: {required: true, default: "\${{ github.ref }}"}, y:}
outputs: {o: {value: "\${{ steps.s.outputs.o }}"}}
runs: {using: composite, steps: [{id: s, run: echo, shell: bash}, {uses: ./b}]}
`,
  )
  expect(composite.diagnostics).toEqual([])
  expect(composite.action).toMatchObject({
    kind: 'composite',
    inputs: [
      { name: 'x', required: true },
      { name: 'y', required: false },
    ],
    outputs: [{ key: 'o' }],
    steps: [{ kind: 'run' }, { kind: 'uses', uses: './b' }],
  })
  const node = parseAction(
    'a/action.yml',
    'runs: {using: node20, main: m.js, post: p.js, post-if: failure()}',
  )
  expect(node.action).toMatchObject({
    kind: 'node',
    main: 'm.js',
    post: 'p.js',
    postIf: { expression: 'failure()' },
  })
})

it('names what is wrong with its place', () => {
  expect(said('name: x')).toEqual(['a/action.yml:1:1: error: runs is missing (missing-key)'])
  expect(said('runs:\n  using: docker\n  image: x')).toEqual([
    'a/action.yml:2:10: error: Docker actions cannot run here (unsupported-action)',
  ])
  expect(said('runs: {using: composite, steps: [{run: x}]}')).toEqual([
    'a/action.yml:1:34: error: a step with run of a composite action needs shell (missing-key)',
  ])
  expect(said('runs: {using: node20}')[0]).toContain('main is missing')
  expect(said('runs: {using: composite, steps: [{uses: docker://x}, {uses: ../y}]}')).toHaveLength(2)
  expect(said('[')[0]).toContain('invalid-yaml')
})
