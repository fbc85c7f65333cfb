import { useNow } from '../../lib/clock.ts'
import { duration } from '../../lib/format.ts'

/** How long the back-off before the next fix still is. */
export function RetryIn({ at }: { at: string }) {
  const left = Date.parse(at) - useNow()
  return (
    <span className="muted"> · {left > 0 ? `next attempt in ${duration(left)}` : 'next attempt begins'}</span>
  )
}
