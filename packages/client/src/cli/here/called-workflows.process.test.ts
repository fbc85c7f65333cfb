import { LocalRunLine } from '@signalbox/core/contract/local-run.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliCheckout, cliCheckout } from '../cli-process.fixture.ts'

const workflows = '.github/workflows'
let shop: CliCheckout
beforeAll(() => {
  shop = cliCheckout({
    [`${workflows}/ci.yml`]: `on: push
jobs:
  build:
    uses: ./.github/workflows/build.yml
    with: { fast: true }
    secrets: inherit
  last:
    needs: build
    runs-on: linux
    steps: [{ run: 'echo "got \${{ needs.build.outputs.v }}"' }]
`,
    [`${workflows}/build.yml`]: `on:
  workflow_call:
    inputs: { fast: { type: boolean } }
    outputs: { v: { value: "\${{ jobs.first.outputs.v }}" } }
jobs:
  first:
    runs-on: linux
    outputs: { v: "\${{ steps.s.outputs.v }}" }
    steps: [{ id: s, run: 'echo "v=\${{ inputs.fast && 5 }}" >> "$GITHUB_OUTPUT"' }]
  second:
    needs: first
    runs-on: linux
    steps: [{ run: 'echo "the token is $T"', env: { T: "\${{ secrets.TOKEN }}" } }]
`,
    [`${workflows}/wrong.yml`]:
      'on: release\njobs:\n  a:\n    uses: ./.github/workflows/build.yml\n    with: { fats: true }\n',
  })
})
afterAll(() => shop.remove())

test('a called workflow runs without a server, its jobs told under the name of their caller', async () => {
  const ended = await shop.run(['run', `${workflows}/ci.yml`, '--json', '--secret', 'TOKEN'], {
    env: { TOKEN: 'hush-hush' },
  })
  expect(ended.code).toBe(0)
  expect(ended.out).not.toContain('hush-hush')
  const lines = ended.out
    .trim()
    .split('\n')
    .map((line) => LocalRunLine.parse(JSON.parse(line)))
  const jobs = lines.flatMap((line) => (line.type === 'job' && line.status === 'completed' ? [line] : []))
  expect(jobs.map(({ job, needs, conclusion }) => [job, needs, conclusion])).toEqual([
    ['build / first', [], 'success'],
    ['build / second', ['build / first'], 'success'],
    ['build', [], 'success'],
    ['last', ['build'], 'success'],
  ])
  const said = lines.flatMap((line) => (line.type === 'log' ? [`${line.job}: ${line.text}`] : []))
  expect(said).toContain('build / second: the token is ***')
  expect(said).toContain('last: got 5')
})

test('what does not fit the called file is told with its place, and nothing runs', async () => {
  const ended = await shop.run(['run', `${workflows}/wrong.yml`])
  expect(ended.code).toBe(2)
  expect(ended.err).toContain(
    `${workflows}/wrong.yml:5:19: error: .github/workflows/build.yml has no input fats (unknown-input)`,
  )
  expect(ended.err).toContain('Known here: fast.')
})
