import { Readable } from 'node:stream'
import type { Queryable } from '../db/connect.ts'
import { type LogOf, moveLogToBlob, removeUnnamedLog } from '../db/log-blobs.ts'
import { type NumberedLine, readLog } from '../db/log-chunks.ts'
import type { Blobs } from '../storage/port.ts'
import { packLog } from './packed-log.ts'

interface Deps {
  db: Queryable
  blobs: Blobs
}

/** Where the blobs of logs stand. */
export const logPrefix = 'logs/'

const pageLines = 2000

/**
 * Moves the log of one attempt out of the rows; whether it did. The blob is named for its content: done again after
 * a crash, or by two at once, it is the same blob, or one that no row names and the next sweep removes.
 */
export async function storeJobLog(deps: Deps, log: LogOf): Promise<boolean> {
  const packed = await packLog(pages(deps.db, log))
  if (!packed) return false
  const { members, sha256, ...place } = packed
  const blobKey = `${logPrefix}${log.jobId}/${log.attempt}-${sha256.slice(0, 32)}`
  await deps.blobs.put(blobKey, Readable.from(members))
  const stands = async () => (await deps.blobs.stat(blobKey))?.sha256 === sha256
  return await moveLogToBlob(deps.db, { ...log, ...place, blobKey }, stands)
}

async function* pages(db: Queryable, log: LogOf): AsyncIterable<NumberedLine[]> {
  for (let after = 0; ; ) {
    const { lines, more } = await readLog(db, { ...log, after, limit: pageLines })
    yield lines
    after = lines.at(-1)?.n ?? after
    if (!more) return
  }
}

/** Deletes blobs of logs that no row names and that are older than `before`; how many. */
export async function sweepLogs(deps: Deps, before: Date, stopping?: AbortSignal): Promise<number> {
  let removed = 0
  for await (const { key, storedAt } of deps.blobs.list(logPrefix)) {
    if (stopping?.aborted) break
    if (storedAt > before) continue
    if (await removeUnnamedLog(deps.db, key, () => deps.blobs.delete(key))) removed += 1
  }
  return removed
}
