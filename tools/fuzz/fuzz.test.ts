import { seedOf } from '@signalbox/engine/job/log/random.fixture.ts'
import { expect, test } from 'vitest'
import { fuzz, runCase } from './fuzz.ts'
import { type FuzzTarget, targets } from './targets.ts'

test('nothing crashes, hangs or grows too fast within some seconds; npm run fuzz goes on longer', () => {
  const seed = seedOf()
  const { cases, found } = fuzz(targets, { seed, ms: 4000 })
  expect(found, `seed ${seed}`).toBeUndefined()
  expect(cases).toBeGreaterThan(100)
})

test('a fault is found and comes again by its seed', () => {
  const planted: FuzzTarget = {
    make: (random) => 'abc'.repeat(random.below(30)),
    run(input) {
      if (input.length > 80) throw new TypeError('planted')
    },
  }
  const { found } = fuzz({ planted }, { seed: 1, ms: 2000 })
  expect(found).toMatchObject({ target: 'planted', problem: expect.stringContaining('planted') })
  expect(runCase('planted', planted, found?.seed ?? 0)).toMatchObject({ input: found?.input })
})

test('an input that takes too long is found', () => {
  const slow: FuzzTarget = {
    make: () => '',
    run() {
      for (const until = performance.now() + 1600; performance.now() < until; );
    },
  }
  expect(runCase('slow', slow, 1)?.problem).toMatch(/it took \d+ ms/)
})
