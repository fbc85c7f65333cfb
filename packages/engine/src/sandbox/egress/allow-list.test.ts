import { expect, test } from 'vitest'
import { isAllowed, parseAllowList } from './allow-list.ts'

const list = parseAllowList(['packages.example.com', '*.example.org', 'Example.net:8443'])

test.each([
  ['packages.example.com', 443, true],
  ['PACKAGES.Example.com.', 80, true],
  ['packages.example.com', 22, false],
  ['evil-packages.example.com', 443, false],
  ['packages.example.com.evil.com', 443, false],
  ['a.example.org', 443, true],
  ['a.b.example.org', 443, true],
  ['example.org', 443, false],
  ['badexample.org', 443, false],
  ['example.net', 8443, true],
  ['example.net', 443, false],
] as const)('%s:%i is %s', (host, port, allowed) => {
  expect(isAllowed(list, host, port)).toBe(allowed)
})

test.each(['*', '*.', 'http://a.b', 'a b', '127.0.0.1', 'a:0', 'a:99999', '', 'a.*.b'])(
  'refuses the pattern "%s"',
  (pattern) => {
    expect(() => parseAllowList([pattern])).toThrow(/not a host/)
  },
)
