import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { benchmarks } from '../bench/benchmarks.ts'
import { holds, quantile } from '../bench/figures.ts'

/** The targets of the ledger that are times or ratios, each with the benchmark that measures it. */
const targets: Record<string, string> = {
  'the API answers in time while rows grow': 'api',
  'reads stay as fast with a million runs': 'growth',
  'the dashboard loads in under 2 s': 'dashboard',
  'a live update arrives in under 500 ms': 'log-latency',
  'many viewers at once are served': 'viewers',
  'work goes on within 5 minutes after a crash': 'recovery',
  'a deployment loses no request': 'deploy',
}

test.each(Object.entries(targets))('%s: measured by the benchmark %s', async (_target, name) => {
  const benchmark = benchmarks[name]
  expect(benchmark?.proves).toMatch(/\d/)
  expect(typeof benchmark?.run).toBe('function')
})

test('every benchmark loads a file that stands', () => {
  const text = readFileSync(join(import.meta.dirname, '../bench/benchmarks.ts'), 'utf8')
  const files = [...text.matchAll(/import\('\.\/([\w.-]+)'\)/g)].map((match) => match[1] ?? '')
  expect(files).toHaveLength(Object.keys(benchmarks).length)
  expect(files.filter((file) => !existsSync(join(import.meta.dirname, '../bench', file)))).toEqual([])
})

test('a missed target, or none at all, fails the run', () => {
  const met = { what: 'under 1 s', holds: true }
  expect(holds({ targets: [met] })).toBe(true)
  expect(holds({ targets: [met, { what: 'under 1 ms', holds: false }] })).toBe(false)
  expect(holds({ targets: [] })).toBe(false)
})

test('a quantile is a value that was measured', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)]).toEqual([51, 100, 100])
  expect(quantile([], 0.5)).toBeNaN()
})
