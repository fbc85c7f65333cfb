import { setTimeout as sleep } from 'node:timers/promises'

/** One request of an evenly paced stream. */
export interface Paced<T> {
  /** From its sending to its answer. Nobody waits for earlier answers, so a stall shows in all that are behind it. */
  ms: number
  /** Milliseconds since the epoch when it was sent. */
  at: number
  result: T
}

/**
 * Calls `ask` evenly, `perSecond` times a second, never waiting for an answer before the next call, until
 * `until` resolves; returns when every answer is there. `ask` must not throw.
 */
export async function pace<T>(
  perSecond: number,
  until: Promise<unknown>,
  ask: (index: number) => Promise<T>,
): Promise<Paced<T>[]> {
  const found: Paced<T>[] = []
  const open = new Set<Promise<void>>()
  const started = performance.now()
  let over = false
  void until
    .catch(() => {})
    .then(() => {
      over = true
    })
  for (let index = 0; !over; index++) {
    const due = (index * 1000) / perSecond
    const wait = started + due - performance.now()
    if (wait > 0) await sleep(wait)
    const at = Date.now()
    const sent = performance.now()
    const asked = ask(index).then((result) => {
      found.push({ ms: performance.now() - sent, at, result })
      open.delete(asked)
    })
    open.add(asked)
  }
  await Promise.all(open)
  return found
}
