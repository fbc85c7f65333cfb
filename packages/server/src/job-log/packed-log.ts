import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import type { LogBlob, NumberedLine } from '../db/log-chunks.ts'
import type { Blobs } from '../storage/port.ts'

const compress = promisify(gzip)
const decompress = promisify(gunzip)

const memberLines = 2000
const memberChars = 1_000_000
/** No member that was packed here is larger: one line has at most some hundred thousand characters. */
const memberBytes = 64_000_000

const Lines = z.array(
  z.object({ n: z.int(), s: z.int(), t: z.number(), c: z.enum(['o', 'e', 's']), x: z.string() }),
)

/** A whole log as it is stored: gzip members one behind the other, each with about 2,000 lines. */
export interface PackedLog {
  members: Buffer[]
  sizeBytes: number
  lastLine: number
  /** As LogBlob's. */
  parts: number[]
  /** Lower-case hex of all members. */
  sha256: string
}

/** Packs lines that come in order; undefined when there are none. A log has 64 million characters at most. */
export async function packLog(pages: AsyncIterable<NumberedLine[]>): Promise<PackedLog | undefined> {
  const members: Buffer[] = []
  const parts: number[] = []
  const hash = createHash('sha256')
  let sizeBytes = 0
  let lastLine = 0
  let waiting: NumberedLine[] = []
  let chars = 0

  async function close(): Promise<void> {
    const [first] = waiting
    if (!first) return
    const member = await compress(JSON.stringify(waiting))
    members.push(member)
    parts.push(first.n, sizeBytes)
    hash.update(member)
    sizeBytes += member.length
    lastLine = waiting.at(-1)?.n ?? lastLine
    waiting = []
    chars = 0
  }

  for await (const page of pages) {
    for (const line of page) {
      if (waiting.length >= memberLines || chars >= memberChars) await close()
      waiting.push(line)
      chars += line.x.length
    }
  }
  await close()
  if (members.length === 0) return undefined
  return { members, sizeBytes, lastLine, parts, sha256: hash.digest('hex') }
}

/** Which members hold lines from one number to another: the first and the last, counted from 0. */
export function membersFor(parts: number[], from: number, to: number): { first: number; last: number } {
  const firsts = parts.filter((_, index) => index % 2 === 0)
  const upTo = (n: number) =>
    Math.max(
      0,
      firsts.findLastIndex((line) => line <= n),
    )
  return { first: upTo(from), last: upTo(to) }
}

/**
 * The lines of some members by one read of just their bytes. Failure `storage-damaged` when the blob is gone or does
 * not hold what was packed.
 */
export async function readMembers(
  blobs: Pick<Blobs, 'get'>,
  blob: LogBlob,
  { first, last }: { first: number; last: number },
): Promise<NumberedLine[]> {
  const offset = (member: number) => blob.parts[member * 2 + 1] ?? blob.sizeBytes
  const start = offset(first)
  const found = await blobs.get(blob.blobKey, { start, end: offset(last + 1) - 1 })
  if (!found) throw damaged('missing')
  const bytes = await buffer(found.data)
  if (found.info.sizeBytes !== blob.sizeBytes) throw damaged('another one')
  const lines: NumberedLine[] = []
  for (let member = first; member <= last; member++) {
    lines.push(...(await unpack(bytes.subarray(offset(member) - start, offset(member + 1) - start))))
  }
  return lines
}

async function unpack(member: Buffer): Promise<NumberedLine[]> {
  try {
    const text = await decompress(member, { maxOutputLength: memberBytes })
    return Lines.parse(JSON.parse(text.toString('utf8')))
  } catch (error) {
    throw damaged('damaged', error)
  }
}

function damaged(what: string, cause?: unknown): Failure {
  return new Failure('storage-damaged', `The stored log of this job is ${what}.`, {
    hint: 'Bring the store of blobs back from a backup; the run itself is not touched.',
    ...(cause === undefined ? {} : { cause }),
  })
}
