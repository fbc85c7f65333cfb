/** What a kill ends: `up` is the process that a person started; it is started again on the same data. */
export type Victim = 'server' | 'worker' | 'postgres' | 'up'

/** One kill: milliseconds since the flow began, and who dies at that instant. */
export interface Kill {
  atMs: number
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
const shortestGapMs = 300
const longestGapMs = 6000

/** The same seed gives the same kills: gaps from a blink, within the last one's recovery, to some seconds. */
export function planKills(seed: number, count: number): Kill[] {
  const random = seeded(seed)
  const kills: Kill[] = []
  let atMs = 0
  for (let n = 0; n < count; n++) {
    atMs += Math.round(shortestGapMs + random() * random() * (longestGapMs - shortestGapMs))
    kills.push({ atMs, victims: chooseVictims(random) })
  }
  return kills
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

/** `1.2 s worker, 3.4 s server+postgres`. */
export function describePlan(kills: Kill[]): string {
  return kills.map((kill) => `${(kill.atMs / 1000).toFixed(1)} s ${kill.victims.join('+')}`).join(', ')
}
