import type { Health } from '@signalbox/core/contract/views/system.ts'
import { useQuery } from '@tanstack/react-query'
import { Lamp } from '../../components/lamp.tsx'
import { useLine } from '../../lib/live-context.ts'
import { queries } from '../../lib/queries.ts'

const words = {
  database: 'The database cannot be reached: what you see is as old, and nothing is stored until it is back.',
  queue: 'The queue does not answer: no work begins until it does.',
  worker: 'No worker takes jobs.',
  disk: 'The disk is nearly full.',
  ingress: 'The ingress is not well.',
} as const

/** Says on every page which part is not well, since when, and what it says of itself. It goes by itself. */
export function HealthBanner() {
  const health = useQuery(queries.health())
  const offline = useLine().state === 'offline'
  const shown = health.data ? troubles(health.data, Date.now()) : []
  return (
    <div aria-live="polite">
      {/* A server that cannot be reached has said nothing new about its parts. */}
      {shown.length > 0 && !(offline && health.isError) ? (
        <div className="banner banner-offline" data-testid="health-banner">
          <Lamp lamp={health.data?.status === 'down' ? 'stopped' : 'waiting'} />
          <span>
            {shown.map((text) => (
              <span key={text} style={{ display: 'block' }}>
                {text}
              </span>
            ))}
          </span>
        </div>
      ) : null}
    </div>
  )
}

/** Worker and ingress come a moment after the server, and come back by themselves: a start is no trouble. */
const settlingMs = 15_000

/** One sentence for each part that is not well; with the database away the others only repeat it. */
export function troubles(health: Health, nowMs: number): string[] {
  const names =
    health.database.status === 'ok'
      ? (['queue', 'worker', 'disk', 'ingress'] as const)
      : (['database'] as const)
  return names.flatMap((name) => {
    const part = health[name]
    if (part.status === 'ok') return []
    const settles = name === 'worker' || name === 'ingress'
    if (settles && part.since && nowMs - Date.parse(part.since) < settlingMs) return []
    const since = part.since ? ` Since ${new Date(part.since).toLocaleTimeString()}.` : ''
    const detail = name === 'database' ? '' : ` ${part.detail.replace(/\.?$/, '.')}`
    return [`${words[name]}${detail}${since}`]
  })
}
