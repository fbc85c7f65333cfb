/**
 * Makes a decision that may be asked for at any time run once at a time for each subject in this process: a
 * call during another one only makes that one look again. So a subject that is slow holds one place, not all.
 */
export function oneAtATime(decide: (id: string) => Promise<void>): (id: string) => Promise<void> {
  const running = new Map<string, { again: boolean }>()
  return async (id) => {
    const current = running.get(id)
    if (current) {
      current.again = true
      return
    }
    const mine = { again: false }
    running.set(id, mine)
    try {
      do {
        mine.again = false
        await decide(id)
      } while (mine.again)
    } finally {
      running.delete(id)
    }
  }
}
