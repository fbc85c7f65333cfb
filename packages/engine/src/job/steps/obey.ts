import type { JobState } from '../job-state.ts'

/** A step that was told to stop and has not by then ends with the whole sandbox. */
const obeyMs = 10_000

/** Follows a step; one that outlives its signal loses the sandbox under it, whoever should have ended it. */
export async function obeying<T>(signal: AbortSignal, state: JobState, step: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const begin = () => {
    // What goes wrong here is told by the destroy at the end of the job, which tries again.
    timer = setTimeout(() => void state.sandbox.destroy().catch(() => {}), obeyMs)
  }
  if (signal.aborted) begin()
  else signal.addEventListener('abort', begin, { once: true })
  try {
    return await step
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', begin)
  }
}
