import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../base/json.ts'
import { parseWorkflow } from '../workflow/parse.ts'
import { expandMatrix, expandStrategy } from './expand-matrix.ts'
import { legKeys, legName } from './leg-names.ts'

describe('expandMatrix', () => {
  it('is the product of the lists, the last one running fastest', () => {
    const legs = expandMatrix({ os: ['a', 'b'], node: [18, 20] })
    expect(legs.map((leg) => Object.values(leg).join())).toEqual(['a,18', 'a,20', 'b,18', 'b,20'])
  })

  it("includes as in GitHub's own example", () => {
    const legs = expandMatrix({
      fruit: ['apple', 'pear'],
      animal: ['cat', 'dog'],
      include: [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    })
    expect(legs).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ])
  })

  it('takes away before it adds, by parts of a combination and by parts of its objects', () => {
    const matrix: JsonValue = {
      os: ['linux', 'mac'],
      v: [{ n: 1, x: true }, { n: 2 }],
      exclude: [{ os: 'mac', v: { n: 1 } }, { os: 'linux', v: { n: 2 } }, {}],
      include: [{ os: 'mac', v: { n: 1 } }],
    }
    expect(expandMatrix(matrix)).toEqual([
      { os: 'linux', v: { n: 1, x: true } },
      { os: 'mac', v: { n: 2 } },
      { os: 'mac', v: { n: 1 } },
    ])
  })

  it('makes jobs of include alone, and of nothing a failure', () => {
    expect(expandMatrix({ include: [{ a: 1 }, { a: 2, b: 3 }] })).toEqual([{ a: 1 }, { a: 2, b: 3 }])
    expect(() => expandMatrix({})).toThrow('no combination')
    expect(() => expandMatrix({ a: [1], exclude: [{ a: '1' }] })).toThrow('no combination')
    expect(() => expandMatrix({ a: [] })).toThrow('empty list')
    expect(() => expandMatrix({ a: 'x' })).toThrow('no list')
    expect(() => expandMatrix('x')).toThrow('no mapping')
    expect(() => expandMatrix({ a: [1], include: ['x'] })).toThrow('no mapping')
  })

  it('bounds what a hostile matrix may make', () => {
    const many = Array.from({ length: 17 }, (_, i) => i)
    expect(() => expandMatrix({ a: many, b: many })).toThrow('289 jobs; there may be 256')
    expect(() => expandMatrix({ a: many, b: many, c: many })).toThrow('more than 4096')
    const include = Array.from({ length: 1001 }, () => ({ a: 1 }))
    expect(() => expandMatrix({ a: [1], include })).toThrow('more than 1000')
    const odd = expandMatrix(
      JSON.parse('{"__proto__": [1], "a": [2], "include": [{"__proto__": 1, "b": 3}]}'),
    )
    expect(Object.keys(odd[0] ?? {})).toEqual(['__proto__', 'a', 'b'])
  })
})

describe('a strategy of a file', () => {
  const read = (yaml: string) => {
    const text = `on: push\njobs:\n  t:\n    runs-on: linux\n${yaml}\n    steps: [{run: x}]\n`
    const { workflow, diagnostics } = parseWorkflow('ci.yml', text)
    const job = workflow?.jobs[0]
    if (!job?.strategy) throw new Error(JSON.stringify(diagnostics))
    return { job, strategy: job.strategy }
  }

  it('reads expressions as values, whole and in part', () => {
    const { strategy } = read(`    strategy:
      fail-fast: \${{ inputs.fast }}
      max-parallel: \${{ inputs.most }}
      matrix:
        v: \${{ fromJSON(needs.a.outputs.list) }}
        w:
          - \${{ github.ref }}!
          - \${{ fromJSON('{"x":[1]}') }}`)
    const contexts = {
      inputs: { fast: false, most: 2 },
      needs: { a: { outputs: { list: '[1, "two"]' } } },
      github: { ref: 'main' },
    }
    expect(expandStrategy(strategy, contexts)).toEqual({
      failFast: false,
      maxParallel: 2,
      combinations: [
        { v: 1, w: 'main!' },
        { v: 1, w: { x: [1] } },
        { v: 'two', w: 'main!' },
        { v: 'two', w: { x: [1] } },
      ],
    })
    expect(() => expandStrategy(strategy, { ...contexts, inputs: { most: 0 } })).toThrow('max-parallel')
    expect(() => expandStrategy(strategy, { needs: { a: { outputs: { list: '[]' } } } })).toThrow(
      'empty list',
    )
  })

  it('takes the whole matrix from an expression', () => {
    const { strategy } = read('    strategy: {matrix: "${{ fromJSON(vars.m) }}"}')
    const { combinations, failFast } = expandStrategy(strategy, {
      vars: { m: '{"a":["x"],"include":[{"b":1}]}' },
    })
    expect({ combinations, failFast }).toEqual({ combinations: [{ a: 'x', b: 1 }], failFast: true })
  })

  it('names legs as GitHub does', () => {
    const { job } = read("    strategy: {matrix: {a: [1], b: [{x: two, y: [three, '']}]}}")
    const leg = { a: 1, b: { x: 'two', y: ['three', ''] } }
    expect(legName(job, leg, {})).toBe('t (1, two, three)')
    const named = (name: string) => ({ ...job, name: { source: name, start: job.start } })
    expect(legName(named('Test'), leg, {})).toBe('Test (1, two, three)')
    expect(legName(named('Test ${{ matrix.a }}'), leg, { matrix: leg })).toBe('Test 1')
    expect(legName(named('x'.repeat(200)), leg, {})).toHaveLength(100)
    expect(legKeys('t', [{ a: 1 }, { a: '1' }, { a: '1 #2' }, {}])).toEqual([
      't (1)',
      't (1) #2',
      't (1 #2)',
      't',
    ])
  })
})
