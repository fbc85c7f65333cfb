import { expect, test } from 'vitest'
import { secretsNamedIn } from './secrets-named.ts'

test.each([
  ['env: { A: "${{ secrets.a_b }}" }', ['A_B']],
  ["run: echo ${{ secrets . X || Secrets['y'] }}", ['X', 'Y']],
  ['run: echo hello', []],
])('%s', (text, names) => {
  expect(secretsNamedIn(text)).toEqual(new Set(names))
})

test.each(['${{ toJSON(secrets) }}', '${{ secrets[format("A")] }}', '${{ secrets.* }}', 'secrets: inherit'])(
  'takes all for %s',
  (text) => {
    expect(secretsNamedIn(text)).toBe('all')
  },
)
