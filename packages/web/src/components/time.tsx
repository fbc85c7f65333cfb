import { useNow } from '../lib/clock.ts'
import { absolute, ago, duration, span } from '../lib/format.ts'

/** A time as its age; the absolute one on hover. */
export function Ago({ at }: { at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={absolute(at)}>
      {ago(Date.parse(at), now)}
    </time>
  )
}

interface ElapsedProps {
  from: string | null
  to: string | null
  /** What it usually takes, in milliseconds. */
  usualMs?: number | null
}

/** How long something took, ticking while it still goes on; beside it the usual time from history. */
export function Elapsed({ from, to, usualMs }: ElapsedProps) {
  const now = useNow(from !== null && to === null)
  const ms = span(from, to, now)
  if (ms === null) return null
  return (
    <span className="num nowrap">
      {duration(ms)}
      {usualMs ? <span className="faint"> · usually {duration(usualMs)}</span> : null}
    </span>
  )
}
