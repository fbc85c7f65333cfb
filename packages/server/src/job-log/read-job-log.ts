import type { Queryable } from '../db/connect.ts'
import { lastLinesOfStep, type NumberedLine, readLog } from '../db/log-chunks.ts'
import type { Blobs } from '../storage/port.ts'
import { membersFor, readMembers } from './packed-log.ts'

interface Deps {
  db: Queryable
  blobs: Pick<Blobs, 'get'>
}

/**
 * Lines after a number, at most `limit`, and whether more stand after them now; out of rows or the blob, wherever
 * the log is. Failure `storage-damaged` when the blob is gone or is not what was stored.
 */
export async function readJobLog(
  deps: Deps,
  where: { jobId: string; attempt: number; after: number; limit: number },
): Promise<{ lines: NumberedLine[]; more: boolean }> {
  const { after, limit } = where
  const { lines: rows, more, blob } = await readLog(deps.db, where)
  if (!blob) return { lines: rows, more }
  const members = membersFor(blob.parts, after + 1, after + limit)
  const lines = (await readMembers(deps.blobs, blob, members)).filter((line) => line.n > after)
  const page = lines.slice(0, limit)
  return { lines: page, more: (page.at(-1)?.n ?? after) < blob.lastLine }
}

const pageLines = 5000

/** Every line of an attempt, page by page; what is written meanwhile comes too. Failures as `readJobLog`. */
export async function* logPages(
  deps: Deps,
  where: { jobId: string; attempt: number },
): AsyncGenerator<NumberedLine[]> {
  for (let after = 0, more = true; more; ) {
    const page = await readJobLog(deps, { ...where, after, limit: pageLines })
    if (page.lines.length > 0) yield page.lines
    after = page.lines.at(-1)?.n ?? after
    more = page.more && page.lines.length > 0
  }
}

/** The last lines of one step, oldest first, at most `limit`. Failures as `readJobLog`. */
export async function readLastLines(
  deps: Deps,
  where: { jobId: string; attempt: number; step: number; limit: number },
): Promise<string[]> {
  const { blob } = await readLog(deps.db, { ...where, after: 0, limit: 1 })
  if (!blob) return await lastLinesOfStep(deps.db, where)
  const found: string[] = []
  for (let member = blob.parts.length / 2 - 1; member >= 0 && found.length < where.limit; member--) {
    const lines = await readMembers(deps.blobs, blob, { first: member, last: member })
    found.unshift(...lines.filter((line) => line.s === where.step).map((line) => line.x))
  }
  return found.slice(-where.limit)
}
