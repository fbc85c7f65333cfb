/** A message of JSON-RPC, as far as one line shows it. */
export type RpcMessage = Record<string, unknown>

export interface LineHandlers {
  onMessage(message: RpcMessage): Promise<void> | void
  /** A line that is no message: a banner, a warning, garbage. Bytes that are no UTF-8 are replaced. */
  onOther(text: string): Promise<void>
}

/** A message may carry an image or a file; what is longer is passed over and shown as cut. */
const maxLineBytes = 16 * 1024 * 1024
const shownBytes = 64 * 1024

/** Splits an agent's stdout into messages of JSON-RPC and all the rest, one after the other, in bounded memory. */
export function createLines(handlers: LineHandlers): { take(chunk: Uint8Array): Promise<void> } {
  let parts: Buffer[] = []
  let size = 0
  let overlong = false

  async function finish(): Promise<void> {
    const bytes = Buffer.concat(parts)
    const cut = overlong
    parts = []
    size = 0
    overlong = false
    if (cut)
      return await handlers.onOther(`${bytes.toString('utf8')}\n[a line of more than ${maxLineBytes} bytes]`)
    const text = bytes.toString('utf8').trim()
    if (text === '') return
    const message = parse(text)
    if (message) await handlers.onMessage(message)
    else await handlers.onOther(text)
  }

  function add(bytes: Buffer): void {
    size += bytes.length
    if (size <= maxLineBytes) parts.push(bytes)
    else if (!overlong) {
      overlong = true
      parts = [Buffer.concat(parts).subarray(0, shownBytes)]
    }
  }

  return {
    async take(chunk) {
      let rest = Buffer.from(chunk)
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        add(rest.subarray(0, end))
        rest = rest.subarray(end + 1)
        await finish()
      }
      if (rest.length > 0) add(rest)
      // Garbage without line ends is told as it comes, once nothing of it can be a message any more.
      if (size > shownBytes && parts[0] && parts[0][0] !== 0x7b) await finish()
    },
  }
}

function parse(text: string): RpcMessage | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const isMessage = typeof value === 'object' && value !== null && 'jsonrpc' in value
    return isMessage ? { ...value } : undefined
  } catch {
    return undefined
  }
}
