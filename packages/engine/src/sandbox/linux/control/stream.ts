import type { ControlClient } from './client.ts'
import { FRAME } from './frames.ts'

const CHUNK_BYTES = 64 * 1024

async function* chunksOf(data: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof data === 'string') yield Buffer.from(data)
  else if (data instanceof Uint8Array) yield data
  else yield* data
}

/** Sends bytes on a channel and their end; waits where `gate` tells, and stops when it answers undefined. */
export async function sendBytes(
  control: ControlClient,
  channel: number,
  data: string | Uint8Array | AsyncIterable<Uint8Array>,
  gate: () => Promise<void> | undefined,
): Promise<void> {
  for await (const chunk of chunksOf(data)) {
    for (let at = 0; at < chunk.byteLength; at += CHUNK_BYTES) {
      const open = gate()
      if (open === undefined) return
      await open
      control.send(FRAME.data, channel, chunk.subarray(at, at + CHUNK_BYTES))
      await control.flushed()
    }
  }
  control.send(FRAME.dataEnd, channel)
}
