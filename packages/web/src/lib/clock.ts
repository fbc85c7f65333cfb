import { useSyncExternalStore } from 'react'

/** One ticking clock for the whole page: a timer per interval, none while nobody looks. */
function ticker(everyMs: number) {
  const listeners = new Set<() => void>()
  let now = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined
  function tick() {
    now = Date.now()
    for (const listener of listeners) listener()
  }
  return {
    subscribe(listener: () => void) {
      listeners.add(listener)
      if (!timer) {
        now = Date.now()
        timer = setInterval(tick, everyMs)
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) {
          clearInterval(timer)
          timer = undefined
        }
      }
    },
    now: () => now,
  }
}

const seconds = ticker(1000)
const idle = { subscribe: () => () => {}, now: () => 0 }

/** Now in milliseconds, renewed every second; with `false` it is 0 and costs nothing. */
export function useNow(running = true): number {
  const source = running ? seconds : idle
  return useSyncExternalStore(source.subscribe, source.now)
}
