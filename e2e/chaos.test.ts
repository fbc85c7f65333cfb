import { describe, expect, test } from 'vitest'
import { planKills } from './chaos/plan.ts'
import { runScenario } from './chaos/scenario.ts'

describe('the flow under kill -9', () => {
  test('the same seed gives the same plan, another one another', () => {
    expect(planKills(7, 20)).toEqual(planKills(7, 20))
    expect(planKills(7, 20)).not.toEqual(planKills(8, 20))
  })

  // `npm run chaos` goes on for as long as one likes; a seed that found a fault is worth a line here.
  test.each([3, 11, 26])(
    'seed %i: one pull request, one merge, one live release, no line lost, no request unanswered',
    async (seed) => {
      const result = await runScenario({ seed, kills: 6, say: (text) => process.stdout.write(`${text}\n`) })
      expect(result.faults, `data kept in ${result.dataDir}`).toEqual([])
      expect(result.kills).toBeGreaterThan(0)
      expect(result.requests).toBeGreaterThan(100)
    },
  )
})
