import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../base/diagnostics.ts'
import { parseWorkflow } from './parse.ts'

const folder = new URL('./testdata/', import.meta.url)
const update = process.env['UPDATE_GOLDEN'] === '1'

/** Options as JSON, the file as written, and what comes of it. */
function readGolden(name: string): { options: string; input: string; expected: string } {
  const text = readFileSync(new URL(name, folder), 'utf8')
  const [options = '', rest = ''] = text.split('=== input\n')
  const [input = '', expected = ''] = rest.split('=== expected\n')
  return { options: options.replace('=== options\n', ''), input, expected }
}

function parse(text: string, options = {}) {
  return parseWorkflow('.github/workflows/ci.yml', text, options)
}

describe('goldens', () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.golden'))) {
    it(name, () => {
      const { options, input, expected } = readGolden(name)
      const { workflow, diagnostics } = parse(input, JSON.parse(options))
      const said = diagnostics.map((d) => `${formatDiagnostic(d)}\n`).join('')
      const got = `${said}${workflow ? `${JSON.stringify(workflow, null, 2)}\n` : 'refused\n'}`
      if (update) {
        writeFileSync(new URL(name, folder), `=== options\n${options}=== input\n${input}=== expected\n${got}`)
        return
      }
      expect(got).toBe(expected)
    })
  }
})

describe('hostile files', () => {
  const wide = (count: number, make: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => make(i))
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghi'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
  ].join('\n')
  const cases: Array<[name: string, text: string, code: string]> = [
    ['too large', `# ${'x'.repeat(513 * 1024)}`, 'file-too-large'],
    ['deep brackets', '['.repeat(400_000), 'nested-too-deep'],
    ['deep dashes', '- '.repeat(200_000), 'nested-too-deep'],
    ['deep mappings', wide(90, (i) => `${' '.repeat(i)}a:`).join('\n'), 'nested-too-deep'],
    ['alias bomb', bomb, 'too-many-aliases'],
    ['alias of itself', 'on: push\njobs: &a {b: *a}', 'circular-alias'],
    [
      'many aliases',
      `${wide(20_000, (i) => `k${i}: &a${i} 1`).join('\n')}\nx: [${wide(20_000, (i) => `*a${i}`)}]`,
      'too-many-nodes',
    ],
    ['unknown tag', 'on: !!js/function x', 'invalid-yaml'],
    ['empty', '', 'empty-file'],
    ['only a comment', '# nothing', 'empty-file'],
    ['two documents', 'on: push\n---\non: push', 'invalid-yaml'],
    ['old YAML', '%YAML 1.1\n---\non: push', 'yaml-version'],
    ['binary', '\u0000\u0001\ufffd', 'wrong-type'],
    ['complex key', '? [a]\n: b', 'invalid-key'],
  ]
  it.each(cases)('%s', (_name, text, code) => {
    const { workflow, diagnostics } = parse(text)
    expect(workflow).toBeUndefined()
    expect(diagnostics.map((d) => d.code)).toContain(code)
  })

  it('reports at most a hundred mistakes', () => {
    const { diagnostics } = parse(wide(9_000, (i) => `k${i}: 1`).join('\n'))
    expect(diagnostics).toHaveLength(100)
  })

  it('refuses names that every object of JavaScript has', () => {
    const job = (rest: string) => `on: push\njobs:\n  a: {runs-on: ubuntu-latest, ${rest}}\n`
    const codes = (text: string) => parse(text).diagnostics.map((d) => d.code)
    expect(codes('constructor: 1\non: push\njobs: {}')).toContain('unknown-key')
    expect(codes('on: push\njobs: {__proto__: {runs-on: linux, steps: [{run: x}]}}')).toContain('invalid-id')
    expect(codes(job(`steps: [{run: x, if: "constructor('a')"}]`))).toEqual(['unknown-function'])
    expect(codes(job('steps: [{run: "${{ __proto__.x }}"}]'))).toEqual(['unknown-context'])
    expect(codes(job('needs: toString, steps: [{run: x}]'))).toEqual(['unknown-need'])
    expect(codes(job('toString: 1, steps: [{run: x}]'))).toContain('unknown-key')
  })

  it('finds a circle of needs in a dense graph at once', () => {
    const jobs = wide(300, (i) => {
      const needs = wide(Math.min(i, 20), (k) => `j${i - k - 1}`)
      if (i === 0) needs.push('j299')
      return `  j${i}: {runs-on: ubuntu-latest, needs: [${needs}], steps: [{run: x}]}`
    })
    const { diagnostics } = parse(`on: push\njobs:\n${jobs.join('\n')}\n`)
    expect(new Set(diagnostics.map((d) => d.code))).toEqual(new Set(['needs-cycle']))
  })
})
