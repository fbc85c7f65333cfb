/**
 * Frames of the control connection: u32 length of the payload, u8 type, u32 channel, payload.
 * The same table stands in ../init/frames.cjs. What comes from inside is hostile: its length is bounded.
 */
export const MAX_PAYLOAD_BYTES = 1 << 20

/** What a frame means; below 64 from the host, from 64 on from inside. `ack` goes both ways. */
export const FRAME = {
  exec: 1,
  data: 2,
  dataEnd: 3,
  kill: 4,
  ack: 5,
  bridge: 6,
  write: 7,
  read: 8,
  list: 9,
  adopt: 10,
  sweep: 11,
  hello: 64,
  stdout: 65,
  stderr: 66,
  exit: 67,
  done: 68,
  started: 69,
} as const

/** One frame; the payload is bytes or something that is sent as JSON. */
export function encodeFrame(type: number, channel: number, payload?: unknown): Buffer {
  const body =
    payload === undefined
      ? Buffer.alloc(0)
      : payload instanceof Uint8Array
        ? payload
        : Buffer.from(JSON.stringify(payload))
  const frame = Buffer.allocUnsafe(9 + body.byteLength)
  frame.writeUInt32BE(body.byteLength, 0)
  frame.writeUInt8(type, 4)
  frame.writeUInt32BE(channel, 5)
  frame.set(body, 9)
  return frame
}

/** Takes chunks and calls `onFrame` for each whole frame; `onBroken` when a frame claims to be too large. */
export function createDecoder(
  onFrame: (type: number, channel: number, payload: Buffer) => void,
  onBroken: () => void,
): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0)
  let broken = false
  return function push(chunk) {
    if (broken) return
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    let at = 0
    while (!broken && pending.length - at >= 9) {
      const length = pending.readUInt32BE(at)
      if (length > MAX_PAYLOAD_BYTES) {
        broken = true
        pending = Buffer.alloc(0)
        onBroken()
        return
      }
      if (pending.length - at < 9 + length) break
      onFrame(
        pending.readUInt8(at + 4),
        pending.readUInt32BE(at + 5),
        pending.subarray(at + 9, at + 9 + length),
      )
      at += 9 + length
    }
    pending = pending.subarray(at)
  }
}
