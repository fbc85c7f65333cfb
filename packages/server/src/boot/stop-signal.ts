/** How far a person's wish to end has come. */
export interface StopSignal {
  /** Resolves at the first signal. */
  asked: Promise<void>
  isAsked(): boolean
}

/** One Ctrl-C can arrive twice: from the terminal, and passed on by the process that started this one. */
const sameWithinMs = 300

/**
 * Listens for SIGINT, SIGTERM and SIGHUP. The first one asks for an orderly end; a second Ctrl-C says that it is
 * under way, a third ends this process at once (what still runs is taken over by the next start).
 */
export function listenForStop(say: (text: string) => void): StopSignal {
  let count = 0
  let lastAt = 0
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      resolve()
      if (count > 0 && (signal !== 'SIGINT' || Date.now() - lastAt < sameWithinMs)) return
      count += 1
      lastAt = Date.now()
      if (count === 2) say('Still stopping. Ctrl-C once more ends at once and leaves the releases serving.')
      if (count > 2) process.exit(130)
    })
  }
  // A closed terminal refuses every further line: that must not end the stop half way.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  return { asked, isAsked: () => count > 0 }
}
