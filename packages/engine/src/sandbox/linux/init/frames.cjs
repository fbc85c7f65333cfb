'use strict'
/**
 * Frames of the control connection: u32 length of the payload, u8 type, u32 channel, payload.
 * The same table stands in ../control/frames.ts; both sides refuse a payload beyond MAX_PAYLOAD.
 */
const MAX_PAYLOAD = 1 << 20

const TYPE = {
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
}

function encode(type, channel, payload) {
  const body =
    payload === undefined
      ? Buffer.alloc(0)
      : Buffer.isBuffer(payload)
        ? payload
        : Buffer.from(JSON.stringify(payload))
  const frame = Buffer.allocUnsafe(9 + body.length)
  frame.writeUInt32BE(body.length, 0)
  frame.writeUInt8(type, 4)
  frame.writeUInt32BE(channel, 5)
  body.copy(frame, 9)
  return frame
}

/** Calls onFrame(type, channel, payload) for each whole frame; onBroken() once when the stream makes no sense. */
function decoder(onFrame, onBroken) {
  let pending = Buffer.alloc(0)
  return function push(chunk) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    let at = 0
    while (pending.length - at >= 9) {
      const length = pending.readUInt32BE(at)
      if (length > MAX_PAYLOAD) return onBroken()
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

module.exports = { TYPE, encode, decoder }
