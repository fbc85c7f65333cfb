import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { createRenewal } from '../../lib/cache.ts'
import { LiveContext } from '../../lib/live-context.ts'
import { LiveSocket } from '../../lib/live-socket.ts'

/** The one subscription of the page: every event makes old what it touched, and only that. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const cache = useQueryClient()
  const [live] = useState(() => {
    const renewal = createRenewal(cache)
    const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws'
    return new LiveSocket({
      url: `${scheme}://${window.location.host}/api/live`,
      onEvent: renewal.take,
      onSignedOut: () => void cache.invalidateQueries({ queryKey: ['session'] }),
      onReady: (gap) => {
        if (gap) renewal.all()
      },
    })
  })
  useEffect(() => {
    live.start()
    return () => live.stop()
  }, [live])
  return <LiveContext value={live}>{children}</LiveContext>
}
