/** How long the inside may take to answer a question, or to say that a command has begun. */
export const ANSWER_MS = 15_000

/**
 * Calls `onLate` unless it is met in time; answers what meets it. When it is due, what has arrived meanwhile is
 * read first: a host that was busy itself must not take its own delay for the sandbox's.
 */
export function deadline(timeoutMs: number, onLate: () => void): () => void {
  let met = false
  const timer = setTimeout(() => setImmediate(() => met || onLate()), timeoutMs)
  return () => {
    met = true
    clearTimeout(timer)
  }
}
