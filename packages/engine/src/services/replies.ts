import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { Failure } from '@signalbox/core/base/failure.ts'

/** What is asked of the services is at most this large; objects go another way. */
const maxBodyBytes = 64 * 1024

/** The body of a request; a Failure `invalid-request` beyond the limit. */
export async function readBody(req: IncomingMessage, maxBytes = maxBodyBytes): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req) {
    const bytes: Buffer = chunk
    size += bytes.length
    if (size > maxBytes) throw new Failure('invalid-request', 'The request is too large.')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Answers JSON. */
export function replyJson(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  res.end(text)
}

/** Twirp's word for a failure, and the status that goes with it (https://twitchtv.github.io/twirp/docs/spec_v7.html). */
const twirpCodes: Readonly<Record<string, readonly [code: string, status: number]>> = {
  'invalid-input': ['invalid_argument', 400],
  'invalid-request': ['invalid_argument', 400],
  'upload-differs': ['data_loss', 400],
  'upload-too-large': ['resource_exhausted', 413],
  'blob-too-large': ['resource_exhausted', 413],
  'too-many-uploads': ['resource_exhausted', 413],
  'artifact-exists': ['already_exists', 409],
  'unknown-artifact': ['not_found', 404],
  'unknown-upload': ['not_found', 404],
  'unknown-method': ['bad_route', 404],
  'no-token': ['unauthenticated', 401],
  'not-yours': ['permission_denied', 403],
  'cache-refused': ['permission_denied', 403],
  'id-token-refused': ['permission_denied', 403],
}

/** Answers a failure as Twirp does; what is not expected is told by its kind only. */
export function replyTwirpFailure(res: ServerResponse, error: unknown): void {
  const known = error instanceof Failure ? twirpCodes[error.code] : undefined
  const [code, status] = known ?? ['internal', 500]
  const expected = error instanceof Failure
  const msg = expected ? sentence(error) : 'Signalbox could not do this; the log of its process says why.'
  if (!res.headersSent) replyJson(res, status, { code, msg })
  else res.destroy()
}

/** Answers a failure as GitHub's other services do: clients print its `message`. */
export function replyPlainFailure(res: ServerResponse, error: unknown): void {
  const [, status] = (error instanceof Failure ? twirpCodes[error.code] : undefined) ?? ['', 500]
  const message = error instanceof Failure ? sentence(error) : 'Signalbox could not do this.'
  if (!res.headersSent) replyJson(res, status, { message })
  else res.destroy()
}

/** Azure's word for what went wrong with an object. */
const blobCodes: Readonly<Record<string, readonly [code: string, status: number]>> = {
  'upload-too-large': ['RequestBodyTooLarge', 413],
  'upload-cut-off': ['InvalidInput', 400],
  'invalid-request': ['InvalidInput', 400],
  'unknown-block': ['InvalidBlockList', 400],
  'unknown-upload': ['BlobNotFound', 404],
  'no-token': ['AuthenticationFailed', 403],
}

/** Answers a failure as Azure's storage does. */
export function replyBlobFailure(res: ServerResponse, error: unknown): void {
  const known = error instanceof Failure ? blobCodes[error.code] : undefined
  const [code, status] = known ?? ['InternalError', 500]
  if (res.headersSent) return void res.destroy()
  const message = error instanceof Failure ? sentence(error) : 'Signalbox could not do this.'
  const text = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`
  res.writeHead(status, STATUS_CODES[status], {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
    'x-ms-error-code': code,
    connection: 'close',
  })
  res.end(text)
}

/** What went wrong and the way out. */
function sentence(error: Failure): string {
  return error.hint ? `${error.message}. ${error.hint}` : error.message
}

function escaped(text: string): string {
  return text.replace(/[<>&]/g, (c) => `&#${c.charCodeAt(0)};`)
}
