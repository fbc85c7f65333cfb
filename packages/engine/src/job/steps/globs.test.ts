import { expect, it } from 'vitest'
import { filePatterns, fitsPart } from './globs.ts'

const files = [
  'a.txt',
  'b.md',
  'src/x.ts',
  'src/deep/y.ts',
  'src/deep/z.js',
  '.env',
  'node_modules/m/i.js',
  'x[1].txt',
]
const chosen = (...patterns: string[]) =>
  files.filter((file) => filePatterns(patterns, '/workspace').matches(file))

it('chooses files as patterns of GitHub do', () => {
  expect(chosen('*.txt')).toEqual(['a.txt', 'x[1].txt'])
  expect(chosen('**/*.ts')).toEqual(['src/x.ts', 'src/deep/y.ts'])
  expect(chosen('src/**/*.ts')).toEqual(['src/x.ts', 'src/deep/y.ts'])
  expect(chosen('src')).toEqual(['src/x.ts', 'src/deep/y.ts', 'src/deep/z.js'])
  expect(chosen('/workspace/src/deep/')).toEqual(['src/deep/y.ts', 'src/deep/z.js'])
  expect(chosen('**')).toEqual(files)
  expect(chosen('.')).toEqual(files)
  expect(chosen('**', '!**/node_modules/**', '!src')).toEqual(['a.txt', 'b.md', '.env', 'x[1].txt'])
  expect(chosen('!a.txt', '*.txt', '!x*', 'x[[]1].txt')).toEqual(['a.txt', 'x[1].txt'])
  expect(chosen('[ab].??', '# nothing', '')).toEqual(['b.md'])
  expect(chosen('[!a].*', 'src/../a.txt')).toEqual(['a.txt', 'b.md'])
})

it('never leaves the workspace', () => {
  expect(chosen('/etc/**', '../**', 'a/../../**', '~/x')).toEqual([])
  expect(filePatterns(['src/de*/**', 'docs/a'], '/workspace').roots).toEqual(['src', 'docs/a'])
})

it('takes a hostile pattern in its stride', () => {
  const started = performance.now()
  expect(fitsPart(`${'a*'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false)
  expect(filePatterns([`${'**/a/'.repeat(100)}x`], '/w').matches('a/'.repeat(300))).toBe(false)
  expect(performance.now() - started).toBeLessThan(1000)
})
