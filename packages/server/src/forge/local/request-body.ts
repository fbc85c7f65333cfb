import type { IncomingMessage } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'

const readOutMs = 2_000

/**
 * What git did not read to its end is read and thrown away, so that the connection serves the next request: to
 * close it here would be a 502 in a proxy that is about to use it. Who goes on sending (a push that is too large)
 * is cut off.
 */
export function readOut(request: IncomingMessage): void {
  if (request.complete) return
  const timer = setTimeout(() => request.destroy(), readOutMs)
  request.once('close', () => clearTimeout(timer))
  request.once('end', () => clearTimeout(timer))
  request.unpipe()
  request.resume()
}

/** The body, counted as it comes: it fails with the Failure `too-large`. Undefined when there is no stream. */
export function limited(body: unknown, maxBytes: number): Readable | undefined {
  if (!isReadable(body)) return undefined
  let size = 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > maxBytes) done(new Failure('too-large', 'The push is larger than this server takes.'))
      else done(null, chunk)
    },
  })
  // Whoever reads it hears of the error; when nobody does any more, nobody needs to.
  counter.on('error', () => {})
  const gone = () => {
    if (!body.readableEnded) counter.destroy(new Error('the client went away'))
  }
  body.on('error', (error) => counter.destroy(error))
  body.on('close', gone)
  if (body.destroyed) gone()
  return body.pipe(counter)
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body
}
