import { expect, test } from 'vitest'
import { secretsNamedIn } from './secrets-named.ts'

test.each([
  ['env: { A: "${{ secrets.a_b }}" }', ['A_B']],
  ["run: echo ${{ secrets . X || Secrets['y'] }}", ['X', 'Y']],
  ['run: echo hello', []],
])('%s', (text, names) => {
  expect(secretsNamedIn(text)).toEqual(new Set(names))
})

test.each(['${{ toJSON(secrets) }}', '${{ secrets[format("A")] }}', '${{ secrets.* }}'])(
  'takes all for %s',
  (text) => {
    expect(secretsNamedIn(text)).toBe('all')
  },
)

test('what a calling job hands on is named by its values; the key itself names nothing', () => {
  const call = 'a:\n  uses: ./.github/workflows/b.yml\n  secrets:\n    token: ${{ secrets.NPM_TOKEN }}\n'
  expect(secretsNamedIn(call)).toEqual(new Set(['NPM_TOKEN']))
  expect(secretsNamedIn('secrets: inherit')).toEqual(new Set())
  expect(secretsNamedIn('secrets: inherit # ${{ toJSON(secrets) }}')).toBe('all')
})
