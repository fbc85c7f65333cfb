/** Wakes those who wait for something by its name; ringing for nobody is nothing. */
export interface Bell {
  ring(name: string): void
  /** Resolves at the next ring, after the time, or when the signal aborts, whichever comes first. */
  wait(name: string, ms: number, signal: AbortSignal): Promise<void>
}

export function createBell(): Bell {
  const waiting = new Map<string, Set<() => void>>()
  return {
    ring(name) {
      for (const wake of waiting.get(name) ?? []) wake()
    },
    wait: (name, ms, signal) =>
      new Promise((resolve) => {
        const all = waiting.get(name) ?? new Set()
        waiting.set(name, all)
        const timer = setTimeout(wake, ms)
        function wake(): void {
          clearTimeout(timer)
          signal.removeEventListener('abort', wake)
          all.delete(wake)
          if (all.size === 0) waiting.delete(name)
          resolve()
        }
        all.add(wake)
        if (signal.aborted) wake()
        else signal.addEventListener('abort', wake, { once: true })
      }),
  }
}
