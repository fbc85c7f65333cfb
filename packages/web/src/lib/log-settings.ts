import type { FoldMemory } from './log-model.ts'
import type { LogTimes } from './log-row.ts'

const wrapKey = 'signalbox.log-wrap'
const timesKey = 'signalbox.log-times'
const timesOrder: LogTimes[] = ['off', 'clock', 'since']

/** Whether long lines are broken, as this browser chose last; a narrow one starts so. */
export function readWrap(): boolean {
  const kept = localStorage.getItem(wrapKey)
  return kept === null ? window.innerWidth < 760 : kept === 'on'
}

export function keepWrap(wrap: boolean): void {
  localStorage.setItem(wrapKey, wrap ? 'on' : 'off')
}

export function readTimes(): LogTimes {
  return timesOrder.find((times) => times === localStorage.getItem(timesKey)) ?? 'off'
}

export function keepTimes(times: LogTimes): void {
  localStorage.setItem(timesKey, times)
}

/** What comes after a choice: off, clock, since the start. */
export function nextTimes(times: LogTimes): LogTimes {
  return timesOrder[(timesOrder.indexOf(times) + 1) % timesOrder.length] ?? 'off'
}

/** What a person folded in the log of a job, kept as long as the tab. */
export function foldMemory(job: string): FoldMemory {
  const storageKey = `signalbox.log-folds.${job}`
  const kept = new Map<string, boolean>(readPairs(sessionStorage.getItem(storageKey)))
  return {
    read: (key) => kept.get(key),
    write(key, open) {
      kept.set(key, open)
      if (kept.size > 2000) return
      try {
        sessionStorage.setItem(storageKey, JSON.stringify([...kept]))
      } catch {
        // A full store forgets the folds of the next visit, nothing else.
      }
    },
  }
}

function readPairs(text: string | null): [string, boolean][] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(value)) return []
    return value.flatMap((pair: unknown) =>
      Array.isArray(pair) && typeof pair[0] === 'string' ? [[pair[0], pair[1] === true]] : [],
    )
  } catch {
    return []
  }
}
