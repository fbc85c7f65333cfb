import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../base/json.ts'
import { parseWorkflow } from '../workflow/parse.ts'
import { expandMatrix, expandStrategy } from './expand-matrix.ts'

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

  it('refuses values that could not be stored for each job', () => {
    const deep: JsonValue = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
    expect(() => expandMatrix({ a: [deep] })).toThrow(/nested too deeply/)
    const hundred = Array.from({ length: 100 }, (_, n) => n)
    expect(() => expandMatrix({ n: hundred, a: ['x'.repeat(100_000)] })).toThrow(/too long/)
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

describe('a filter of a matrix', () => {
  const left = (values: JsonValue[], filter: JsonValue) =>
    expandMatrix({ v: values, exclude: [{ v: filter }], include: [{ v: 'end' }] }).map((leg) => leg['v'])

  it.each<[string, JsonValue[], JsonValue, JsonValue[]]>([
    ['a number fits its text', [1, '1', 2], '1', [2]],
    ['a truth fits its text', [true, 'true', false], 'true', [false]],
    ['nothing fits nothing and empty text', [null, '', 'x'], null, ['x']],
    ['empty text fits nothing', [null, 'x'], '', ['x']],
    ['a list fits as a whole', [[1, 2], [1], [2, 1], [1, 2, 3], 'x'], [1, 2], [[1], [2, 1], [1, 2, 3], 'x']],
    [
      'a list of the same length fits in all of its places',
      [
        [1, 3],
        [1, 2],
      ],
      [1, 2],
      [[1, 3]],
    ],
    ['a list is not its own text', [['a'], 'a'], 'a', [['a']]],
    ['a mapping is not its own text', [{ a: 1 }, 'x'], '[object Object]', [{ a: 1 }, 'x']],
    ['a text is no list', ['ab'], ['a', 'b'], ['ab']],
    ['a mapping fits in part', [{ a: 1, b: 2 }, { b: 2 }], { a: 1 }, [{ b: 2 }]],
    ['nothing and a list are no mapping', [null, [1], 'x'], { a: 1 }, [null, [1], 'x']],
    ['nothing does not fit what is not there', [{ b: 1 }], { a: null }, [{ b: 1 }]],
  ])('%s', (_name, values, filter, rest) => {
    expect(left(values, filter)).toEqual([...rest, 'end'])
  })

  it('of a name that the matrix has not takes nothing away', () => {
    expect(expandMatrix({ v: [1], exclude: [{ w: '' }] })).toEqual([{ v: 1 }])
  })

  it('includes by the text of a value, and leaves the value as it was', () => {
    expect(expandMatrix({ v: [1], include: [{ v: '1', more: true }] })).toEqual([{ v: 1, more: true }])
  })
})

describe('a matrix that cannot be made', () => {
  it.each<[JsonValue, string]>([
    ['x', 'the matrix is no mapping of names to lists'],
    [null, 'the matrix is no mapping of names to lists'],
    [{ a: [1], include: 'x' }, 'include of the matrix is no list'],
    [{ a: [1], exclude: [[]] }, 'an entry of exclude is no mapping'],
    [{ a: 1 }, 'a of the matrix is no list'],
    [{ a: [] }, 'a of the matrix is an empty list'],
  ])('%j is refused with a reason and the place to look at', (matrix, message) => {
    expect(() => expandMatrix(matrix)).toThrow(
      expect.objectContaining({
        code: 'invalid-matrix',
        message,
        hint: 'See strategy.matrix of the job.',
      }),
    )
  })

  const numbers = (length: number) => Array.from({ length }, (_, n) => n)

  it('is one of more than 256 jobs, though more may be excluded', () => {
    expect(expandMatrix({ a: numbers(256) })).toHaveLength(256)
    expect(() => expandMatrix({ a: numbers(257) })).toThrow('the matrix makes 257 jobs; there may be 256')
    expect(expandMatrix({ a: numbers(257), exclude: [{ a: 7 }] })).toHaveLength(256)
  })

  it('is one of more than 4096 combinations before exclude', () => {
    const square = (length: number) => ({
      a: numbers(64),
      b: numbers(length),
      exclude: numbers(63).map((a) => ({ a })),
    })
    expect(expandMatrix(square(64))).toHaveLength(64)
    expect(() => expandMatrix(square(65))).toThrow(
      'the matrix makes more than 4096 combinations before exclude',
    )
  })

  it('is one of more than 1000 entries of exclude', () => {
    const exclude = (length: number) => numbers(length).map((n) => ({ a: n + 1 }))
    expect(expandMatrix({ a: [0], exclude: exclude(1000) })).toEqual([{ a: 0 }])
    expect(() => expandMatrix({ a: [0], exclude: exclude(1001) })).toThrow('exclude of the matrix has more')
  })
})

describe('a strategy of a file', () => {
  const read = (yaml: string) => {
    const text = `on: push\njobs:\n  t:\n    runs-on: linux\n${yaml}\n    steps: [{run: x}]\n`
    const { workflow, diagnostics } = parseWorkflow('ci.yml', text)
    const job = workflow?.jobs[0]
    if (!job?.strategy) throw new Error(JSON.stringify(diagnostics))
    return job.strategy
  }

  it('reads expressions as values, whole and in part', () => {
    const strategy = read(`    strategy:
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
    const strategy = read('    strategy: {matrix: "${{ fromJSON(vars.m) }}"}')
    const { combinations, failFast } = expandStrategy(strategy, {
      vars: { m: '{"a":["x"],"include":[{"b":1}]}' },
    })
    expect({ combinations, failFast }).toEqual({ combinations: [{ a: 'x', b: 1 }], failFast: true })
  })

  it('without a matrix is one job, and stops at a failure unless it says otherwise', () => {
    const strategy = read('    strategy: {max-parallel: 3}')
    expect(expandStrategy(strategy, {})).toEqual({ combinations: [{}], failFast: true, maxParallel: 3 })
    expect(expandStrategy(read('    strategy: {fail-fast: false}'), {}).failFast).toBe(false)
    expect(expandStrategy(read('    strategy: {fail-fast: true}'), {}).failFast).toBe(true)
  })

  it.each([
    ['1', 1],
    ['', undefined],
  ])('takes max-parallel %j as %j', (most, expected) => {
    const strategy = read('    strategy: {max-parallel: "${{ inputs.most }}"}')
    expect(expandStrategy(strategy, { inputs: { most } }).maxParallel).toBe(expected)
  })

  it.each(['0', '-1', '1.5', 'many', 'x'.repeat(60)])('refuses max-parallel %j', (most) => {
    const strategy = read('    strategy: {max-parallel: "${{ inputs.most }}"}')
    expect(() => expandStrategy(strategy, { inputs: { most } })).toThrow(
      expect.objectContaining({
        code: 'invalid-matrix',
        message: `max-parallel is no whole number above 0: ${most.slice(0, 50)}`,
      }),
    )
  })
})
