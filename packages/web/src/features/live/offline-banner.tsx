import { Lamp } from '../../components/lamp.tsx'
import { useNow } from '../../lib/clock.ts'
import { duration } from '../../lib/format.ts'
import { useLine } from '../../lib/live-context.ts'

/** Says since when nothing new has come. It goes by itself once the page has caught up. */
export function OfflineBanner() {
  const line = useLine()
  const offline = line.state === 'offline'
  const now = useNow(offline)
  return (
    <div aria-live="polite">
      {offline ? (
        <div className="banner banner-offline" data-testid="offline-banner">
          <Lamp lamp="waiting" />
          <span>
            {line.tooMany
              ? 'You have too many live connections: close another tab of Signalbox. Nothing new comes here since '
              : 'No connection to the server since '}
            {new Date(line.sinceMs).toLocaleTimeString()} ({duration(now - line.sinceMs)}). What you see is as
            old; it catches up by itself.
          </span>
        </div>
      ) : null}
    </div>
  )
}
