import { describe, expect, it } from 'vitest'
import { evaluateCondition, evaluateTemplate, maxResultLength } from './evaluate.ts'

const contexts = {
  github: {
    ref: 'refs/heads/main',
    event: { pull_request: { labels: [{ name: 'a' }, { name: 'b' }], draft: false } },
  },
  env: { Name: 'value', EMPTY: '' },
  inputs: { b: true, n: 1.5 },
  steps: { one: { outputs: { x: 'y' }, outcome: 'failure', conclusion: 'success' } },
}

function status(now: 'success' | 'failure' | 'cancelled') {
  return {
    success: () => now === 'success',
    failure: () => now === 'failure',
    cancelled: () => now === 'cancelled',
  }
}

describe('templates', () => {
  const cases: Array<[template: string, result: string]> = [
    ['plain', 'plain'],
    ['${{ github.ref }}', 'refs/heads/main'],
    ['a ${{ GITHUB.REF }} b ${{ env.name }}', 'a refs/heads/main b value'],
    ['[${{ env.missing }}${{ secrets.none }}${{ needs.a.outputs.b }}]', '[]'],
    ['${{ inputs.b }} ${{ inputs.n }} ${{ null }} ${{ 1.10 }} ${{ 0x1A }}', 'true 1.5  1.1 26'],
    ["${{ 'it''s }}' }}", "it's }}"],
    ["${{ join(github.event.pull_request.labels.*.name, ', ') }}", 'a, b'],
    ["${{ contains(github.ref, 'MAIN') && 'yes' || 'no' }}", 'yes'],
    ['${{ fromJSON(\'{"a":[1,2]}\').a[1] }}', '2'],
    ['${{ toJSON(github.event.pull_request.draft) }}', 'false'],
    ['${{ github.event }}', 'Object'],
    ["${{ format('{0} {{1}}', 'x') }}", 'x {1}'],
    ["${{ 'A' == 'a' }} ${{ '1' == 1 }} ${{ null == 0 }}", 'true true true'],
  ]
  it.each(cases)('%s', (template, result) => {
    expect(evaluateTemplate(template, contexts)).toBe(result)
  })

  it.each([
    ['${{ nope.x }}', 'Unrecognized named-value'],
    ['${{ github.ref', 'never closed'],
    ["${{ constructor('x') }}", 'Unrecognized function'],
    ["${{ fromJSON('{') }}", 'in: fromJSON'],
    ['${{ }}', 'empty'],
  ])('says what is wrong with %s', (template, message) => {
    expect(() => evaluateTemplate(template, contexts)).toThrow(message)
  })

  it('does not let format multiply a text beyond all bounds', () => {
    const tenTimes = (inner: string) => `format('${'{0}'.repeat(10)}', ${inner})`
    const bomb = Array.from({ length: 20 }).reduce<string>((inner) => tenTimes(inner), "'xxxxxxxxxx'")
    expect(() => evaluateTemplate(`\${{ ${bomb} }}`, contexts)).toThrow(`longer than ${maxResultLength}`)
  })
})

describe('conditions', () => {
  const cases: Array<[expression: string, now: 'success' | 'failure' | 'cancelled', holds: boolean]> = [
    ['', 'success', true],
    ['', 'failure', false],
    ['true', 'failure', false],
    ['${{ false }} && true', 'success', true],
    ['${{ false && true }}', 'success', false],
    ['!cancelled()', 'failure', true],
    ['Always()', 'cancelled', true],
    ["steps.one.outcome == 'failure'", 'success', true],
    ["failure() && steps.one.outcome == 'failure'", 'failure', true],
    ["env.name == 'failure()'", 'success', false],
    ["'failure()'", 'failure', false],
    ['cancelled() || failure()', 'cancelled', true],
    ['env.EMPTY', 'success', false],
    ['github.event.pull_request', 'success', true],
  ]
  it.each(cases)('%s after %s', (expression, now, holds) => {
    expect(evaluateCondition(expression, contexts, status(now))).toBe(holds)
  })
})
