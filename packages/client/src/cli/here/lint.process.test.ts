import { LocalRunLine } from '@signalbox/core/contract/local-run.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliCheckout, cliCheckout } from '../cli-process.fixture.ts'

let shop: CliCheckout
const good = 'on: push\njobs:\n  a: { runs-on: linux, steps: [{ run: "true" }] }\n'
beforeAll(() => {
  shop = cliCheckout({
    '.gitignore': 'node_modules\n',
    '.github/workflows/good.yml': good,
    '.github/workflows/bad.yml': 'on: push\njobs:\n  a:\n    run-on: linux\n    steps: [{ run: "true" }]\n',
    'actions/hello/action.yml': 'name: Hello\nruns: { using: composite, steps: [{ run: echo }] }\n',
    'node_modules/thing/action.yml': 'nothing: true\n',
  })
})
afterAll(() => shop.remove())

test('all workflows and actions of a checkout are read, and each mistake has its place', async () => {
  const [text, json] = await Promise.all([shop.run(['lint']), shop.run(['lint', '--json'])])
  expect(text).toMatchObject({ code: 2, err: '' })
  expect(text.out).toMatch(/^\.github\/workflows\/bad\.yml:4:5: error: /m)
  expect(text.out).toMatch(/^actions\/hello\/action\.yml:2:\d+: error: .*shell/m)
  expect(text.out).toMatch(/\n3 files: \d+ errors\n$/)
  expect(text.out).not.toContain('node_modules')
  const found = json.out
    .trim()
    .split('\n')
    .map((line) => LocalRunLine.parse(JSON.parse(line)))
  expect(json.code).toBe(2)
  expect(found).toContainEqual(
    expect.objectContaining({ type: 'diagnostic', file: '.github/workflows/bad.yml', line: 4, column: 5 }),
  )
})

test('a file without a mistake is 0, one that is not there 2', async () => {
  const [fine, none] = await Promise.all([shop.run(['lint', 'good']), shop.run(['lint', 'nowhere.yml'])])
  expect(fine).toMatchObject({ code: 0, out: '1 file: nothing wrong\n' })
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining('nowhere.yml') })
})

test('a graph is drawn as text, SVG and Mermaid; one of many must be named', async () => {
  const [text, svg, mermaid, many, wrong] = await Promise.all([
    shop.run(['graph', 'good']),
    shop.run(['graph', 'good', '--format', 'svg']),
    shop.run(['graph', 'good', '--format', 'mermaid']),
    shop.run(['graph']),
    shop.run(['graph', 'bad']),
  ])
  expect(text).toMatchObject({ code: 0, out: '  ● a\n' })
  expect(svg).toMatchObject({ code: 0, out: expect.stringMatching(/^<svg .*<\/svg>\n$/s) })
  expect(mermaid).toMatchObject({ code: 0, out: 'flowchart LR\n  job0["a"]\n' })
  expect(many).toMatchObject({ code: 2, err: expect.stringContaining('good.yml') })
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('bad.yml:4:5') })
})
