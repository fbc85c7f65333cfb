import { createContext, useContext, useSyncExternalStore } from 'react'
import type { LineState, LiveSocket } from './live-socket.ts'

/** The page's one live socket. */
export const LiveContext = createContext<LiveSocket | null>(null)

export function useLive(): LiveSocket {
  const live = useContext(LiveContext)
  if (!live) throw new TypeError('useLive outside of LiveContext')
  return live
}

/** How the line to the server stands, renewed when it changes. */
export function useLine(): LineState {
  const live = useLive()
  return useSyncExternalStore(live.subscribe, live.line)
}
