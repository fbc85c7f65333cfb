import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LiveMessage } from '@signalbox/core/contract/live.ts'
import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'
import type { Platform } from '@signalbox/testing/platform.ts'
import { WebSocket } from 'ws'

/** A bare client of the live channel. */
export interface Live {
  onLog: (lines: LogLineView[], complete: boolean) => void
  /** Follows a job's log from its first line. */
  follow(job: string): void
  close(): void
}

/** The API token that a start leaves for the command line. */
export async function tokenOf(platform: Platform): Promise<string> {
  return (await readFile(join(platform.dataDir, 'cli-token'), 'utf8')).trim()
}

/** Connects to the platform's live channel and waits until it is open. */
export async function openLive(platform: Platform): Promise<Live> {
  const authorization = `Bearer ${await tokenOf(platform)}`
  const socket = new WebSocket(`ws://127.0.0.1:${platform.port}/api/live`, { headers: { authorization } })
  const live: Live = {
    onLog: () => {},
    follow: (job) => socket.send(JSON.stringify({ type: 'log', job, after: 0 })),
    close: () => socket.terminate(),
  }
  socket.on('message', (data) => {
    const message = LiveMessage.parse(JSON.parse(String(data)))
    if (message.type === 'log') live.onLog(message.lines, message.complete)
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return live
}
