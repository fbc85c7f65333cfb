/** What a kill ends: `up` is the process that a person started; it is started again on the same data. */
export type Victim = 'server' | 'worker' | 'postgres' | 'up'

/** How far the flow has come, in order: the change's stages, then those of its deployment. */
export const stages = [
  'working',
  'validating',
  'fixing',
  'validating again',
  'merging',
  'deploying',
  'starting',
  'checking',
  'watching',
  'live',
] as const
export type FlowStage = (typeof stages)[number]

/** One kill: who dies how long after the flow has reached a stage and the kill before this one. */
export interface Kill {
  stage: FlowStage
  afterMs: number
  victims: Victim[]
}

/** mulberry32: small, the same numbers for the same seed on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const single: Victim[] = ['server', 'worker', 'postgres']
/** Of all kills: two at once, and `up` itself. */
const shareOfPairs = 0.2
const shareOfUp = 0.12
const longestWaitMs = 6000

/**
 * The same seed gives the same kills, spread over the stages of the flow; the waits go from nothing, within
 * the recovery from the last one, to some seconds.
 */
export function planKills(seed: number, count: number): Kill[] {
  const random = seeded(seed)
  const places = Array.from({ length: count }, () => Math.floor(random() * stages.length))
  return places
    .sort((a, b) => a - b)
    .map((place) => ({
      stage: stages[place] ?? 'working',
      afterMs: Math.round(random() ** 3 * longestWaitMs),
      victims: chooseVictims(random),
    }))
}

function chooseVictims(random: () => number): Victim[] {
  const kind = random()
  if (kind < shareOfUp) return ['up']
  const first = single[Math.floor(random() * single.length)] ?? 'worker'
  if (kind > 1 - shareOfPairs) {
    const others = single.filter((victim) => victim !== first)
    return [first, others[Math.floor(random() * others.length)] ?? 'server']
  }
  return [first]
}

/** `working +1.2 s worker, merging +0.4 s server+postgres`. */
export function describePlan(kills: Kill[]): string {
  return kills
    .map((kill) => `${kill.stage} +${(kill.afterMs / 1000).toFixed(2)} s ${kill.victims.join('+')}`)
    .join(', ')
}
