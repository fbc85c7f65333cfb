import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { artifactFile, tarMediaType } from '@signalbox/core/base/artifact-file.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ReadTarget } from './objects.ts'
import type { ServiceStores } from './port.ts'
import { readBody } from './replies.ts'
import type { StagedUpload } from './staged-upload.ts'

/** 50,000 block ids of 64 bytes with their tags. */
const maxListBytes = 8 * 1024 ** 2
/** The name of the only block of what was put in one piece. */
const wholeBlock = ':whole'

/**
 * Takes what Azure's storage client puts: one block, the list of blocks, or all in one piece
 * (https://learn.microsoft.com/rest/api/storageservices/put-block).
 */
export async function putBlob(req: IncomingMessage, res: ServerResponse, url: URL, upload: StagedUpload) {
  const what = url.searchParams.get('comp')
  const length = req.headers['content-length']
  const size = length === undefined ? undefined : Number(length)
  if (what === 'block') {
    const id = url.searchParams.get('blockid') ?? ''
    if (!/^[A-Za-z0-9+/=_-]{1,128}$/.test(id)) throw new Failure('invalid-request', 'The block has no id.')
    await upload.putBlock(id, req, size)
  } else if (what === 'blocklist') {
    upload.commit(blocksOf(await readBody(req, maxListBytes)))
  } else if (what === null && String(req.headers['x-ms-blob-type']).toLowerCase() === 'blockblob') {
    await upload.putBlock(wholeBlock, req, size)
    upload.commit([wholeBlock])
  } else {
    throw new Failure(
      'invalid-request',
      'Signalbox takes block blobs: Put Block, Put Block List, or Put Blob with x-ms-blob-type: BlockBlob.',
    )
  }
  res
    .writeHead(201, { ...blobHeaders(), 'x-ms-request-server-encrypted': 'false', 'content-length': 0 })
    .end()
}

function blocksOf(xml: string): string[] {
  const found = xml.matchAll(/<(Latest|Uncommitted|Committed)>([^<]{1,128})<\/\1>/g)
  return Array.from(found, ([, , id = '']) => id.trim())
}

function blobHeaders(): Record<string, string> {
  return { 'x-ms-version': '2025-01-05', 'last-modified': new Date().toUTCString(), etag: '"1"' }
}

/** Answers an object, or a range of it. */
export async function getBlob(
  req: IncomingMessage,
  res: ServerResponse,
  stores: ServiceStores,
  target: ReadTarget,
): Promise<void> {
  const asked = rangeOf(req.headers['x-ms-range'] ?? req.headers.range)
  const found = await open(stores, target, asked)
  if (!found) throw new Failure('unknown-upload', 'This object is gone.')
  const { data, size, headers } = found
  try {
    if (asked && size !== undefined && asked.start >= size) {
      res.writeHead(416, { 'content-range': `bytes */${size}`, 'content-length': 0 }).end()
      return
    }
    const part = asked && size !== undefined
    const end = part ? Math.min(asked.end ?? size - 1, size - 1) : 0
    res.writeHead(part ? 206 : 200, {
      ...blobHeaders(),
      'x-ms-blob-type': 'BlockBlob',
      'x-content-type-options': 'nosniff',
      ...headers,
      ...(size === undefined
        ? {}
        : { 'accept-ranges': 'bytes', 'content-length': part ? end - asked.start + 1 : size }),
      ...(part ? { 'content-range': `bytes ${asked.start}-${end}/${size}` } : {}),
    })
    if (req.method === 'HEAD') res.end()
    else await pipeline(data, res)
  } finally {
    data.destroy()
  }
}

interface Range {
  start: number
  end?: number
}

/** `bytes=5-` or `bytes=5-9`; anything else is the whole, as RFC 9110 allows. */
function rangeOf(header: string | string[] | undefined): Range | undefined {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(String(header ?? ''))
  if (!match) return undefined
  const [start, end] = [Number(match[1]), match[2] === '' ? undefined : Number(match[2])]
  return end === undefined ? { start } : end >= start ? { start, end } : undefined
}

/** Loaded when it is needed: most jobs start without archives. */
function formats() {
  return import('../actions/artifact-formats.ts')
}

interface Opened {
  data: Readable
  /** Undefined: it is made while it is read. */
  size: number | undefined
  headers: Record<string, string>
}

async function open(
  stores: ServiceStores,
  target: ReadTarget,
  range: Range | undefined,
): Promise<Opened | undefined> {
  if ('cache' in target) {
    const found = await stores.caches.get(target.cache, range)
    const headers = { 'content-type': 'application/octet-stream' }
    return found && { data: found.data, size: found.cache.sizeBytes, headers }
  }
  const known = (await stores.artifacts.list()).find((one) => one.name === target.artifact)
  const made = known?.mediaType === tarMediaType
  const found = await stores.artifacts.get(target.artifact, made ? undefined : range)
  if (!found) return undefined
  const { artifact } = found
  const mediaType = made ? 'application/zip' : artifact.mediaType
  const file = encodeURIComponent(artifactFile(artifact.name, mediaType))
  const headers = {
    'content-type': mediaType,
    'content-disposition': `attachment; filename*=UTF-8''${file}`,
  }
  const data = made ? (await formats()).asZip(found.data, artifact) : found.data
  return { data, size: made ? undefined : artifact.sizeBytes, headers }
}
