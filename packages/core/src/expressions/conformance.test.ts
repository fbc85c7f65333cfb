import { describe, expect, it } from 'vitest'
import { evaluateCondition, evaluateTemplate, evaluateValue } from './evaluate.ts'

/** https://docs.github.com/actions/reference/workflows-and-actions/expressions, sentence by sentence. */
const contexts = {
  github: {
    ref: 'refs/heads/Main',
    event: {
      labels: [{ name: 'Bug' }, { name: 'p1' }],
      list: [1, 'two', null, true],
      nested: { A: { b: 'deep' } },
    },
  },
  env: { EMPTY: '', NUMBER: '15', 'with-dash': 'd' },
  inputs: { flag: true, off: false, count: 3 },
  matrix: { v: 1.5 },
}
const text = (expression: string) => evaluateTemplate(`\${{ ${expression} }}`, contexts)
const fails = (expression: string) => () => text(expression)

describe('literals', () => {
  it.each([
    ['null', ''],
    ['true', 'true'],
    ['711', '711'],
    ['-9.2', '-9.2'],
    ['0xff', '255'],
    ['0o17', '15'],
    ['-2.99e-2', '-0.0299'],
    ['1.50', '1.5'],
    ['1e3', '1000'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ["'Mona''s'", "Mona's"],
    ["''", ''],
    ["'}}'", '}}'],
  ])('%s is %j', (expression, expected) => {
    expect(text(expression)).toBe(expected)
  })

  it.each(['"double"', 'TRUE', 'Null', 'nan', "'open", '1.2.3', '1a', '#', 'true false'])(
    '%s is none',
    (expression) => {
      expect(fails(expression)).toThrow()
    },
  )
})

describe('operators', () => {
  it.each([
    // Strings are compared without regard to case; types that differ become numbers.
    ["'Main' == 'mAIN'", 'true'],
    ["'a' < 'B'", 'true'],
    ['null == 0', 'true'],
    ["null == ''", 'true'],
    ['null == null', 'true'],
    ['true == 1', 'true'],
    ["true == '1'", 'true'],
    ["false == ''", 'true'],
    ["'0x10' == 16", 'true'],
    ["'0o10' == 8", 'true'],
    ["'1e2' == 100", 'true'],
    ["' 15 ' == 15", 'true'],
    ["'x' == 0", 'false'],
    ["'x' != 0", 'true'],
    ['NaN == NaN', 'false'],
    ['NaN != NaN', 'true'],
    ['NaN < 1', 'false'],
    ['NaN >= 1', 'false'],
    ["'abc' > 1", 'false'],
    ['env.NUMBER > 9', 'true'],
    ["'15' > '9'", 'false'],
    ['1 <= 1', 'true'],
    ['2 < 10', 'true'],
    // Objects and arrays are the same only as the same instance.
    ['github.event == github.event', 'true'],
    ["fromJSON('[]') == fromJSON('[]')", 'false'],
    ["fromJSON('{}') == 0", 'false'],
    ["fromJSON('[]') != 0", 'true'],
    // && and || answer one of the two; falsy are false, 0, -0, "", '' and null, and nothing else.
    ["github.ref && 'yes' || 'no'", 'yes'],
    ["env.EMPTY && 'yes' || 'no'", 'no'],
    ["0 || 'zero'", 'zero'],
    ["-0 || 'zero'", 'zero'],
    ["'0' || 'text'", '0'],
    ["'false' && 1", '1'],
    ['null || null', ''],
    ["fromJSON('[]') && 'empty list'", 'empty list'],
    ["fromJSON('{}') && 'empty map'", 'empty map'],
    ["!''", 'true'],
    ["!'false'", 'false'],
    ['!NaN', 'true'],
    ['!!1', 'true'],
    // From strongest to weakest: !, comparison, &&, ||.
    ['!true == false', 'true'],
    ['1 < 2 == true', 'true'],
    ['true || false && false', 'true'],
    ['(true || false) && false', 'false'],
  ])('%s is %s', (expression, expected) => {
    expect(text(expression)).toBe(expected)
  })
})

describe('values of contexts', () => {
  it.each([
    ['github.ref', 'refs/heads/Main'],
    ['GitHub.REF', 'refs/heads/Main'],
    ["github['ref']", 'refs/heads/Main'],
    ["github[format('{0}', 'ref')]", 'refs/heads/Main'],
    ['env.with-dash', 'd'],
    ['github.event.nested.a.B', 'deep'],
    ['github.event.list[1]', 'two'],
    ["github.event.list['1']", 'two'],
    ['github.event.list[1.9]', 'two'],
    ['github.event.list[9]', ''],
    ['github.event.list[-1]', ''],
    ['github.event.nothing.below', ''],
    ['github.ref.length', ''],
    ['toJSON(github.event.labels.*.name)', '[\n  "Bug",\n  "p1"\n]'],
    ["join(github.event.labels.*.name, '+')", 'Bug+p1'],
    ["contains(github.event.labels.*.name, 'BUG')", 'true'],
    ['toJSON(github.event.nested.*.b)', '[\n  "deep"\n]'],
    ['github.event', 'Object'],
    ['github.event.list', 'Array'],
    ['matrix.v', '1.5'],
    ['inputs.flag', 'true'],
    ['inputs.flag == true', 'true'],
    ["inputs.flag == 'true'", 'false'],
    ['inputs.count', '3'],
  ])('%s is %j', (expression, expected) => {
    expect(text(expression)).toBe(expected)
  })
})

describe('functions', () => {
  it.each([
    ["contains('Hello world', 'LLO')", 'true'],
    ["contains('abc', '')", 'true'],
    ['contains(123, 2)', 'true'],
    ['contains(github.event.list, 1)', 'true'],
    ["contains(github.event.list, 'TWO')", 'true'],
    ['contains(github.event.list, 7)', 'false'],
    ["contains(fromJSON('{\"a\":1}'), 'a')", 'false'],
    ["StartsWith('Hello', 'HE')", 'true'],
    ["endsWith('Hello', 'LO')", 'true'],
    ['endsWith(15, 5)', 'true'],
    ["format('Hello {0} {1} {0}', 'a', 'b')", 'Hello a b a'],
    ["format('{{Hello {0}!}}', 'a')", '{Hello a!}'],
    ["format('{0}{1}', null, true)", 'true'],
    ['join(github.event.list)', '1,two,,true'],
    ["join(github.event.list, ' - ')", '1 - two -  - true'],
    ["join('text', ';')", 'text'],
    ['join(5)', '5'],
    ["toJSON('a\"b')", '"a\\"b"'],
    ['toJSON(null)', 'null'],
    ['toJSON(inputs.flag)', 'true'],
    ['fromJSON(\'{"a":[1,{"b":true}]}\').a[1].b', 'true'],
    ["fromJSON('15') + ''", undefined],
    ["fromJSON(' [1] ')[0]", '1'],
    ["fromJSON('true') && 'is true'", 'is true'],
    ["case(false, 'a', true, 'b', 'c')", 'b'],
    ["case(false, 'a', 'c')", 'c'],
  ])('%s is %j', (expression, expected) => {
    if (expected === undefined) expect(fails(expression)).toThrow()
    else expect(text(expression)).toBe(expected)
  })

  it.each([
    ["format('{1}', 'a')", 'a place without a value'],
    ["format('{0', 'a')", 'an open bracket'],
    ["format('}', 'a')", 'a closing bracket'],
    ["fromJSON('')", 'no JSON'],
    ["fromJSON('{a:1}')", 'no JSON of the strict kind'],
    ['contains(1)', 'too few values'],
    ["startsWith('a', 'b', 'c')", 'too many values'],
    ['nothing()', 'no such function'],
    ["hashFiles('a')", 'no files here'],
  ])('%s fails: %s', (expression) => {
    expect(fails(expression)).toThrow()
  })
})

describe('templates', () => {
  it('keep their text, and values of their kind where they are nothing but an expression', () => {
    expect(evaluateTemplate("a ${{ 1 }}b${{ 'c' }} $ { } ${ {", contexts)).toBe('a 1bc $ { } ${ {')
    expect(evaluateValue('${{ inputs.count }}', contexts)).toBe(3)
    expect(evaluateValue(" ${{ fromJSON('[1]') }} ", contexts)).toEqual([1])
    expect(evaluateValue('x${{ inputs.count }}', contexts)).toBe('x3')
  })
})

describe('conditions', () => {
  const now = (status: 'success' | 'failure' | 'cancelled') => ({
    success: () => status === 'success',
    failure: () => status === 'failure',
    cancelled: () => status === 'cancelled',
  })
  it.each([
    // Without a status function success() is meant as well.
    ['true', [true, false, false]],
    ["github.ref == 'REFS/heads/main'", [true, false, false]],
    ['success()', [true, false, false]],
    ['failure()', [false, true, false]],
    ['cancelled()', [false, false, true]],
    ['always()', [true, true, true]],
    ['ALWAYS()', [true, true, true]],
    ['!cancelled()', [true, true, false]],
    ['!failure() && !cancelled()', [true, false, false]],
    ['always() && false', [false, false, false]],
    ['${{ failure() || cancelled() }}', [false, true, true]],
    ["contains(github.ref, 'always()')", [false, false, false]],
    // Text around an expression makes it a text, which holds.
    ['${{ false }}', [false, false, false]],
    ['! ${{ false }}', [true, false, false]],
    ['${{ failure() }} == false', [true, true, true]],
    ['', [true, false, false]],
    ["'false'", [true, false, false]],
    ['0', [false, false, false]],
  ])('%s', (expression, expected) => {
    const found = (['success', 'failure', 'cancelled'] as const).map((status) =>
      evaluateCondition(expression, contexts, now(status)),
    )
    expect(found).toEqual(expected)
  })
})
