import { createHmac } from 'node:crypto'
import { sameBytes } from './job-token.ts'

/** What a signed URL lets its bearer do with one object. */
export type BlobRight = 'read' | 'write'

/** The beginning of the path of every blob: Azure's client wants an account and a container before the name. */
export const blobsPath = '/signalbox/blobs/'

const minuteMs = 60_000
/** As long as GitHub's are good for. */
const goodMs: Record<BlobRight, number> = { read: 10 * minuteMs, write: 60 * minuteMs }

/** A URL by which one object may be read or written until its time is over; whoever has it needs no token. */
export function signBlobUrl(
  key: Buffer,
  base: string,
  blob: { id: string; right: BlobRight; now: number },
): string {
  const expires = blob.now + goodMs[blob.right]
  const url = new URL(`${blobsPath}${blob.id}`, base)
  url.searchParams.set('sp', blob.right)
  url.searchParams.set('se', String(expires))
  url.searchParams.set('sig', macOf(key, blob.id, blob.right, expires).toString('base64url'))
  return url.href
}

/** The id of the object that a signed URL leads to, when it gives this right and is still good. */
export function readBlobUrl(key: Buffer, url: URL, right: BlobRight, now: number): string | undefined {
  const id = url.pathname.startsWith(blobsPath) ? url.pathname.slice(blobsPath.length) : ''
  const expires = Number(url.searchParams.get('se'))
  const signature = Buffer.from(url.searchParams.get('sig') ?? '', 'base64url')
  if (!Number.isSafeInteger(expires) || expires <= now) return undefined
  return sameBytes(signature, macOf(key, id, right, expires)) ? id : undefined
}

function macOf(key: Buffer, id: string, right: BlobRight, expires: number): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify(['blob', id, right, expires]))
    .digest()
}
