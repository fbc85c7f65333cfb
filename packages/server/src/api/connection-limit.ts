/** How many connections each person may hold open at once. */
export interface ConnectionLimit {
  /** One more of this person; call what it returns once, when the connection ends. Undefined: they have them all. */
  take(userId: string): (() => void) | undefined
  max: number
}

/** Counts in this process; 0: no limit. Whoever is refused costs nothing that lasts. */
export function createConnectionLimit(max: number): ConnectionLimit {
  const open = new Map<string, number>()
  return {
    max,
    take(userId) {
      const held = open.get(userId) ?? 0
      if (max > 0 && held >= max) return undefined
      open.set(userId, held + 1)
      let left = false
      return () => {
        if (left) return
        left = true
        const now = open.get(userId) ?? 0
        if (now > 1) open.set(userId, now - 1)
        else open.delete(userId)
      }
    },
  }
}
