import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { appendLogChunk } from '@signalbox/server/db/log-chunks.ts'
import { readJobLog } from '@signalbox/server/job-log/read-job-log.ts'
import { storeJobLog } from '@signalbox/server/job-log/store-job-log.ts'
import { createFolderBlobs } from '@signalbox/server/storage/folder/create-folder-blobs.ts'
import type { Blobs } from '@signalbox/server/storage/port.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { sql } from 'kysely'
import { type BenchResult, ms, quantile, round } from './figures.ts'

const lineTotal = 100_000
const chunkLines = 200
const pageLines = 1000
const reads = 200

/** What 100,000 lines take in the database, and how long a page takes, before and after they are a blob. */
export async function logStorage(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-log-storage-'))
  const database = await testDatabase()
  try {
    const blobs = await createFolderBlobs({ folder })
    const deps = { db: database.db, blobs }
    const log = await writeLog(database)
    const rowBytes = await databaseBytes(database)
    const fromRows = await readPages(deps, log)
    const began = performance.now()
    if (!(await storeJobLog(deps, log))) throw new Error('The log did not move.')
    const moveMs = performance.now() - began
    const leftBytes = await databaseBytes(database)
    const fromBlob = await readPages(deps, log)
    const blob = await database.db.selectFrom('log_blobs').select('size_bytes').executeTakeFirstOrThrow()
    return resultOf({ rowBytes, leftBytes, blobBytes: Number(blob.size_bytes), moveMs, fromRows, fromBlob })
  } finally {
    await database.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Lines as a build and its tests write them; each another one. */
async function writeLog({ db }: TestDatabase): Promise<{ jobId: string; attempt: number }> {
  const { project } = await seedProject(db)
  const { job } = await seedClaimedJob(db, project.id)
  for (let firstLine = 1; firstLine <= lineTotal; firstLine += chunkLines) {
    const lines = Array.from({ length: chunkLines }, (_, index) => {
      const n = firstLine + index
      const x = ` ✓ packages/part-${n % 97}/src/case-${(n * 7919) % 10_007}.test.ts > reads what was written (${(n * 31) % 900} ms)`
      return { s: 1 + Math.floor((n * 5) / lineTotal), t: n * 3, c: 'o' as const, x }
    })
    await appendLogChunk(db, { jobId: job.id, attempt: 1, fence: job.fence, firstLine, lines })
  }
  const ended = { status: 'completed' as const, conclusion: 'success' as const, completed_at: new Date() }
  await db.updateTable('jobs').set(ended).where('id', '=', job.id).execute()
  return { jobId: job.id, attempt: 1 }
}

/** Of both tables with indexes and what is stored beside them, after PostgreSQL gave back what is deleted. */
async function databaseBytes({ db }: TestDatabase): Promise<number> {
  for (const table of ['log_chunks', 'log_blobs'])
    await sql`vacuum (full, analyze) ${sql.table(table)}`.execute(db)
  const { rows } = await sql<{ bytes: number }>`
    select pg_total_relation_size('log_chunks') + pg_total_relation_size('log_blobs') as bytes`.execute(db)
  return Number(rows[0]?.bytes ?? 0)
}

async function readPages(
  deps: { db: TestDatabase['db']; blobs: Blobs },
  log: { jobId: string; attempt: number },
): Promise<number[]> {
  const taken: number[] = []
  for (let read = -20; read < reads; read++) {
    const after = (Math.abs(read) * 7919) % (lineTotal - pageLines)
    const began = performance.now()
    const { lines } = await readJobLog(deps, { ...log, after, limit: pageLines })
    if (read >= 0) taken.push(performance.now() - began)
    if (lines.length !== pageLines) throw new Error(`A page had ${lines.length} lines.`)
  }
  return taken
}

function resultOf(found: {
  rowBytes: number
  leftBytes: number
  blobBytes: number
  moveMs: number
  fromRows: number[]
  fromBlob: number[]
}): BenchResult {
  const megabytes = (bytes: number) => `${round(bytes / 1e6)} MB`
  const p50 = quantile(found.fromBlob, 0.5) / quantile(found.fromRows, 0.5)
  const share = found.leftBytes / found.rowBytes
  const times = (values: number[]) => [ms(quantile(values, 0.5)), ms(quantile(values, 0.99))]
  return {
    table: [
      ['100,000 lines', 'in the database', 'in the blob', 'page p50', 'p99'],
      ['as rows', megabytes(found.rowBytes), '', ...times(found.fromRows)],
      ['as a blob', megabytes(found.leftBytes), megabytes(found.blobBytes), ...times(found.fromBlob)],
      ['the move', '', '', ms(found.moveMs), ''],
    ],
    figures: {
      rowBytes: found.rowBytes,
      leftBytes: found.leftBytes,
      blobBytes: found.blobBytes,
      moveMs: found.moveMs,
      rowsPageP50Ms: quantile(found.fromRows, 0.5),
      blobPageP50Ms: quantile(found.fromBlob, 0.5),
      pageRatioP50: p50,
    },
    targets: [
      {
        what: `the database keeps ${round(share * 100)} % of what it held, at most 5 %`,
        holds: share <= 0.05,
      },
      { what: `a page takes ${round(p50)} x (p50), at most 5 x`, holds: p50 <= 5 },
    ],
  }
}
