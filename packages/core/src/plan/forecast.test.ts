import { expect, test } from 'vitest'
import { parseWorkflow } from '../workflow/parse.ts'
import { forecast } from './forecast.ts'

function read(jobs: string) {
  const { workflow, diagnostics } = parseWorkflow('ci.yml', `on: push\njobs:\n${jobs}`)
  if (!workflow) throw new Error(JSON.stringify(diagnostics))
  return workflow
}

const jobs = `
  last: { needs: [legs], runs-on: linux, steps: [{ run: "true" }] }
  first: { runs-on: linux, steps: [{ run: "true" }] }
  legs: { needs: first, runs-on: linux, strategy: { matrix: { n: [1, 2] } }, steps: [{ run: "true" }] }
  off: { if: github.event_name == 'release', runs-on: linux, steps: [{ run: "true" }] }
  asks: { needs: first, if: needs.first.outputs.x, runs-on: linux, steps: [{ run: "true" }] }
`

test('jobs come in waves, legs of a matrix as jobs, skipped ones with why', () => {
  const found = forecast(read(jobs), { contexts: { github: { event_name: 'push' } } })
  const seen = found.map(({ name, wave, settled, uncertain }) => [name, wave, settled?.conclusion, uncertain])
  expect(seen).toEqual([
    ['off', 0, 'skipped', false],
    ['first', 0, undefined, false],
    ['asks', 1, 'skipped', true],
    ['legs (1)', 1, undefined, false],
    ['legs (2)', 1, undefined, false],
    ['last', 2, undefined, false],
  ])
})

test('legs that are not wanted are left out, and a job without any does not hold up the others', () => {
  const names = (wants: (key: string, combination: object) => boolean) =>
    forecast(read(jobs), { wantsLeg: wants }).flatMap(({ name, settled }) => (settled ? [] : [name]))
  expect(names((_key, combination) => 'n' in combination && combination.n === 2)).toContain('legs (2)')
  expect(names((_key, combination) => 'n' in combination && combination.n === 2)).not.toContain('legs (1)')
  expect(names(() => false)).toEqual(['first'])
})
