import { createRandom, type Random } from '@signalbox/engine/job/log/random.fixture.ts'
import type { FuzzTarget } from './targets.ts'

/** What is wrong with one input; the seed makes it again. */
export interface Found {
  target: string
  seed: number
  input: string
  problem: string
}

/** No input of ours is longer than some thousand characters; whoever needs so long for one grows too fast. */
const slowMs = 1500

/** Runs one case of a target; undefined when all is well. */
export function runCase(name: string, target: FuzzTarget, seed: number): Found | undefined {
  const made = () => {
    const random: Random = createRandom(seed)
    return { random, input: target.make(random) }
  }
  const { random, input } = made()
  const startedAt = performance.now()
  try {
    target.run(input, random)
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { target: name, seed, input, problem }
  }
  if (performance.now() - startedAt < slowMs) return undefined
  // Once more: the machine may have been busy with others.
  const again = made()
  const againAt = performance.now()
  target.run(again.input, again.random)
  const tookMs = Math.round(performance.now() - againAt)
  return tookMs < slowMs ? undefined : { target: name, seed, input, problem: `it took ${tookMs} ms` }
}

/** Runs cases of all targets in turn until the time is over or one is wrong; `onCase` hears of each before it runs. */
export function fuzz(
  targets: Readonly<Record<string, FuzzTarget>>,
  options: { seed: number; ms: number; onCase?: (target: string, seed: number) => void },
): { cases: number; found?: Found } {
  const until = performance.now() + options.ms
  let cases = 0
  for (let seed = options.seed; performance.now() < until; seed = (seed + 1) % 2 ** 31) {
    for (const [name, target] of Object.entries(targets)) {
      options.onCase?.(name, seed)
      const found = runCase(name, target, seed)
      cases += 1
      if (found) return { cases, found }
    }
  }
  return { cases }
}
