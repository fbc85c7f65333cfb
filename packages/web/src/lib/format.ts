/** A duration for people: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`, `4 d`. */
export function duration(ms: number): string {
  const clamped = Math.max(0, ms)
  if (clamped < 950) return `${(Math.floor(clamped / 100) / 10).toFixed(1)} s`
  const seconds = Math.floor(clamped / 1000)
  if (seconds < 60) return `${Math.max(1, seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`
  return `${Math.floor(hours / 24)} d`
}

/** How long ago, coarse: `now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`. */
export function ago(thenMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - thenMs) / 1000)
  if (seconds < 5) return 'now'
  if (seconds < 60) return `${seconds} s ago`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ago`
  return `${Math.floor(hours / 24)} d ago`
}

/** Date and time in full, in the reader's zone. */
export function absolute(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
}

/** Milliseconds from one ISO time to another (or to now); null before it began. */
export function span(from: string | null, to: string | null, nowMs: number): number | null {
  if (!from) return null
  return (to ? Date.parse(to) : nowMs) - Date.parse(from)
}

export function shortHash(commit: string): string {
  return commit.slice(0, 7)
}

/** `512 B`, `1.5 kB`, `20 MB`; powers of 1000. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = count
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** `1 change`, `3 changes`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

/** The middle value; null of none. */
export function median(values: number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}

/** Clock time with milliseconds, for log lines. */
export function clockTime(ms: number): string {
  const date = new Date(ms)
  const two = (n: number) => String(n).padStart(2, '0')
  const thousandths = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${thousandths}`
}
