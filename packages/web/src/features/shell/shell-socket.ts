import type { ShellMessage, ShellRequest } from '@signalbox/core/contract/shell.ts'

/** Who hears of a shell; `end` is called once, with what to tell the person. */
export interface ShellListener {
  output(bytes: Uint8Array): void
  ready(): void
  end(end: { text: string; failed: boolean; hint?: string }): void
}

/** The connection of a terminal to a shell. */
export interface ShellSocket {
  keys(text: string): void
  resize(columns: number, rows: number): void
  close(): void
}

/** Connects to the shell of a job; the cookie of the session says who asks. */
export function openShellSocket(
  job: string,
  size: { columns: number; rows: number },
  listener: ShellListener,
): ShellSocket {
  const query = `columns=${size.columns}&rows=${size.rows}`
  const base = window.location.origin.replace(/^http/, 'ws')
  const socket = new WebSocket(`${base}/api/jobs/${encodeURIComponent(job)}/shell/connect?${query}`)
  socket.binaryType = 'arraybuffer'
  let over = false
  function end(how: Parameters<ShellListener['end']>[0]): void {
    if (over) return
    over = true
    listener.end(how)
  }
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) return listener.output(new Uint8Array(data))
    const message = typeof data === 'string' ? readMessage(data) : undefined
    if (message?.type === 'ready') listener.ready()
    else if (message) end(inWords(message))
  })
  socket.addEventListener('close', () => end({ text: 'The connection to the shell ended.', failed: true }))
  return {
    keys(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(new TextEncoder().encode(text))
    },
    resize(columns, rows) {
      const message: ShellRequest = { type: 'resize', columns, rows }
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
    },
    close() {
      over = true
      socket.close()
    },
  }
}

/** The last words of a shell as a sentence. */
export function inWords(message: Exclude<ShellMessage, { type: 'ready' }>): {
  text: string
  failed: boolean
  hint?: string
} {
  if (message.type === 'error') {
    return { text: message.message, failed: true, ...(message.hint ? { hint: message.hint } : {}) }
  }
  if (message.reason) return { text: message.reason, failed: true }
  return { text: `The shell ended with ${message.code}.`, failed: false }
}

function readMessage(text: string): ShellMessage | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const known = typeof value === 'object' && value !== null && 'type' in value
    return known ? (value as ShellMessage) : undefined
  } catch {
    return undefined
  }
}
