/** Holds the output of a step back while something is read that it must wait for. */
export interface Gate {
  held(): boolean
  /** Closes the gate until the work is done; `opened` is called then. The work must not throw. */
  hold(work: () => Promise<void>): void
  /** Resolves when the gate is open, and nothing that came through it closed it again. */
  idle(): Promise<void>
}

/** A gate that is open. */
export function createGate(opened: () => void): Gate {
  let waiting: Promise<void> | undefined
  return {
    held: () => waiting !== undefined,
    hold(work) {
      const before = waiting ?? Promise.resolve()
      const own: Promise<void> = before.then(work).then(() => {
        if (waiting !== own) return
        waiting = undefined
        opened()
      })
      waiting = own
    },
    async idle() {
      while (waiting) await waiting
    },
  }
}
