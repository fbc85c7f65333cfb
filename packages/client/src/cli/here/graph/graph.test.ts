import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import { expect, test } from 'vitest'
import { createStyle } from '../../style.ts'
import { graphMermaid } from './mermaid.ts'
import { type GraphJob, graphOf } from './model.ts'
import { graphSvg } from './svg.ts'
import { graphText } from './text.ts'

const { workflow, diagnostics } = parseWorkflow(
  'ci.yml',
  `on: push
jobs:
  deploy: { needs: [test, lint], runs-on: linux, steps: [{ run: "true" }] }
  build: { runs-on: linux, steps: [{ run: "true" }] }
  test:
    needs: build
    runs-on: linux
    strategy: { matrix: { os: ['<b>"a"', two] } }
    steps: [{ run: "true" }]
  lint: { needs: build, runs-on: linux, steps: [{ run: "true" }] }
  later:
    needs: build
    runs-on: linux
    strategy: { matrix: { n: "\${{ fromJSON(needs.build.outputs.list) }}" } }
    steps: [{ run: "true" }]
`,
)
if (!workflow) throw new Error(JSON.stringify(diagnostics))
const jobs = graphOf(workflow)

test('a job stands one level behind the last that it needs, with the legs that are known', () => {
  expect(jobs.map(({ key, level, legs }) => [key, level, legs])).toEqual([
    ['build', 0, undefined],
    ['test', 1, ['test (<b>"a")', 'test (two)']],
    ['lint', 1, undefined],
    ['later', 1, 'dynamic'],
    ['deploy', 2, undefined],
  ])
})

test('as text', () => {
  expect(graphText(jobs, createStyle(false))).toBe(`  ● build
  │
  ┬ test  ← build
  │   · test (<b>"a")
  │   · test (two)
  ├ lint  ← build
  └ later  ← build
      · legs known while it runs
  │
  ● deploy  ← test, lint
`)
})

test('as Mermaid no name can end its label', () => {
  const text = graphMermaid(jobs)
  expect(text).toContain('  job0["build"]\n')
  expect(text).toContain('job1["test<br/>test #40;#60;b#62;#34;a#34;#41;<br/>test #40;two#41;"]')
  expect(text).toContain('  job1 --> job4\n')
})

test('as SVG with nothing from outside, both schemes, and names as text', () => {
  const svg = graphSvg(jobs, 'A & B')
  expect(svg).toContain('prefers-color-scheme: dark')
  expect(svg).toContain('test (&#60;b&#62;&#34;a&#34;)')
  expect(svg).not.toContain('<b>')
  expect(svg.match(/<path /g)).toHaveLength(5)
  expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|url\(/)
  const strange: GraphJob[] = [{ key: 'a\u0000\u001b', needs: ['none'], legs: undefined, level: 0 }]
  expect(graphSvg(strange, '')).toContain('a\ufffd\ufffd')
})

test('of many legs the first are named', () => {
  const legs = Array.from({ length: 40 }, (_, n) => `a (${n})`)
  const text = graphText([{ key: 'a', needs: [], legs, level: 0 }], createStyle(false))
  expect(text).toContain('a (10)')
  expect(text).toContain('and 29 more')
})
