import type { PublishedPort } from '../port.ts'
import { listenOn } from './listen.ts'

/** A port of a sandbox behind a unix socket; what listens on it for others is in `opened` too, to be closed in the end. */
export function publishedPort(socketPath: string, opened: Set<() => Promise<void>>): PublishedPort {
  const closes = new Set<() => Promise<void>>()
  return {
    socketPath,
    async listen() {
      const listener = await listenOn(socketPath)
      closes.add(listener.close)
      opened.add(listener.close)
      return { url: listener.url, port: listener.port }
    },
    async close() {
      for (const close of closes) await close()
      closes.clear()
    },
  }
}
