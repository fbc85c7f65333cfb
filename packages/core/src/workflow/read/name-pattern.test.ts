import { describe, expect, it } from 'vitest'
import { type NamePattern, parsePattern, passesPatterns } from './name-pattern.ts'

function pattern(source: string): NamePattern {
  const parsed = parsePattern(source)
  if (typeof parsed === 'string') throw new Error(`${source}: ${parsed}`)
  return parsed
}

/** The examples of GitHub's page "Filter pattern cheat sheet", and names that must stay out. */
const examples: Array<[pattern: string, fits: string[], stays: string[]]> = [
  ['feature/*', ['feature/mine', 'feature/'], ['feature/a/b', 'feature', 'xfeature/a']],
  ['feature/**', ['feature/a', 'feature/a/b', 'feature/a/b/c'], ['features/a', 'feature']],
  ['main', ['main'], ['mains', 'Main', 'a/main']],
  ['*', ['main', 'releases', 'README.md'], ['a/b']],
  ['**', ['all/the/branches', 'x', '.github/a'], []],
  ['*feature', ['mona-feature', 'feature', 'ver-10-feature'], ['a/feature', 'features']],
  ['v2*', ['v2', 'v2.0', 'v2.9'], ['v1', 'v2/x']],
  ['v[12].[0-9]+.[0-9]+', ['v1.10.1', 'v2.0.0'], ['v3.0.0', 'v1.x.0', 'v1.1.']],
  ['*.jsx?', ['page.js', 'page.jsx'], ['page.jsxx', 'a/page.js']],
  ['**.js', ['index.js', 'js/index.js', 'src/js/app.js'], ['index.ts']],
  ['docs/*', ['docs/README.md'], ['docs/a/b.md']],
  [
    'docs/**/*.md',
    ['docs/README.md', 'docs/mona/hello.md', 'docs/a/markdown/file.md'],
    ['docs/a.txt', 'x.md'],
  ],
  [
    '**/docs/**',
    ['docs/hello.md', 'dir/docs/my-file.txt', 'space/docs/plan/space.doc'],
    ['mydocs/a', 'docs'],
  ],
  ['**/README.md', ['README.md', 'js/README.md'], ['xREADME.md', 'js/xREADME.md']],
  ['**/*src/**', ['a/src/app.js', 'my-src/code/js/app.js'], ['src']],
  ['**/*-post.md', ['my-post.md', 'path/their-post.md'], ['post.md']],
  [
    '**/migrate-*.sql',
    ['migrate-1.sql', 'db/migrate-v1.0.sql', 'db/sept/migrate-v1.sql'],
    ['migrate-a/b.sql'],
  ],
  ['a\\*b\\+\\[', ['a*b+['], ['axb+[', 'abb[']],
  ['?a', ['?a'], ['a']],
  ['a?+', ['', 'a', 'aaa'], ['b']],
  ['a!b', ['a!b'], ['ab']],
]

describe.each(examples)('%s', (source, fits, stays) => {
  it('matches what it should and nothing else', () => {
    expect(fits.filter((name) => !pattern(source).matches(name))).toEqual([])
    expect(stays.filter((name) => pattern(source).matches(name))).toEqual([])
  })
})

it.each([
  ['[abc', 'a [ is never closed'],
  ['[]', '[] lists no character'],
  ['[z-a]', 'z-a is not a range such as a-z, A-Z or 0-9'],
  ['[A-z]', 'A-z is not a range such as a-z, A-Z or 0-9'],
  ['a\\', 'it ends in a backslash'],
  ['!', 'it is empty'],
])('%s is refused', (source, why) => {
  expect(parsePattern(source)).toBe(why)
})

it('looks at patterns in their order: the last one that matches decides', () => {
  const passes = (patterns: string[], name: string) => passesPatterns(patterns.map(pattern), name)
  expect(passes(['*.md', '!README.md'], 'hello.md')).toBe(true)
  expect(passes(['*.md', '!README.md'], 'README.md')).toBe(false)
  expect(passes(['*.md', '!README.md', 'README*'], 'README.doc')).toBe(true)
  expect(passes(['!README.md', '*.md'], 'README.md')).toBe(true)
  expect(passes(['!main'], 'feature')).toBe(false)
  expect(passes([], 'feature')).toBe(false)
})

it('needs no longer than pattern × name, however the pattern repeats itself', () => {
  const hostile = pattern(`${'**/*'.repeat(200)}+?x`)
  const start = performance.now()
  expect(hostile.matches('a/'.repeat(2000))).toBe(false)
  expect(performance.now() - start).toBeLessThan(2000)
})

/** The same language, told as slowly and plainly as possible: tries every way, character by character. */
function naive(pattern: string, name: string): boolean {
  const head = (text: string): { length: number; fits: (c: string) => boolean } => {
    if (text[0] === '[') {
      const end = text.indexOf(']')
      const inside = text.slice(1, end)
      const spelled = inside.replace(/(.)-(.)/g, (_, from: string, to: string) =>
        Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_x, i) =>
          String.fromCharCode(from.charCodeAt(0) + i),
        ).join(''),
      )
      return { length: end + 1, fits: (c) => spelled.includes(c) }
    }
    if (text[0] === '\\') return { length: 2, fits: (c) => c === text[1] }
    return { length: 1, fits: (c) => c === text[0] }
  }
  const go = (rest: string, left: string, started: boolean): boolean => {
    if (rest === '') return left === ''
    if (rest.startsWith('**/') && started) {
      if (go(rest.slice(3), left, true)) return true
      return [...left].some((c, i) => c === '/' && go(rest.slice(3), left.slice(i + 1), true))
    }
    if (rest.startsWith('**')) {
      return Array.from({ length: left.length + 1 }, (_, i) => i).some((i) =>
        go(rest.slice(2), left.slice(i), false),
      )
    }
    if (rest.startsWith('*')) {
      for (let i = 0; i <= left.length; i++) {
        if (go(rest.slice(1), left.slice(i), false)) return true
        if (left[i] === '/') return false
      }
      return false
    }
    const { length, fits } = head(rest)
    const after = rest.slice(length)
    const slash = rest.slice(0, length) === '/'
    if (after[0] === '?')
      return (
        go(after.slice(1), left, false) || (fits(left[0] ?? '') && go(after.slice(1), left.slice(1), false))
      )
    if (after[0] === '+') {
      for (let i = 1; i <= left.length && fits(left[i - 1] ?? ''); i++) {
        if (go(after.slice(1), left.slice(i), false)) return true
      }
      return false
    }
    return left !== '' && fits(left[0] ?? '') && go(after, left.slice(1), slash)
  }
  return go(pattern, name, true)
}

it('agrees with a naive implementation on patterns and names at random', () => {
  let seed = 20260607
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const pick = <T>(list: readonly [T, ...T[]]): T => list[random(list.length)] ?? list[0]
  const pieces = [
    'a',
    'b',
    '/',
    '.',
    '*',
    '**',
    '**/',
    'a?',
    'b+',
    '[ab]',
    '[a-c]+',
    '\\*',
    '/**/',
    '*/',
  ] as const
  const letters = ['a', 'b', 'c', '/', '.', '*'] as const
  let matched = 0
  for (let i = 0; i < 20_000; i++) {
    const source = Array.from({ length: 1 + random(5) }, () => pick(pieces)).join('')
    // Three stars in a row, or a repeated star, mean nothing that anybody wrote down.
    if (/\*{3}|\*[?+]/.test(source)) continue
    const name = Array.from({ length: random(7) }, () => pick(letters)).join('')
    const expected = naive(source, name)
    if (expected) matched++
    expect([source, name, pattern(source).matches(name)]).toEqual([source, name, expected])
  }
  expect(matched).toBeGreaterThan(500)
})
