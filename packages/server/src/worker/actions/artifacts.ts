import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { alreadyThere } from '@signalbox/engine/actions/artifact-names.ts'
import type { ArtifactStore, StoredArtifact } from '@signalbox/engine/actions/artifact-store.ts'
import {
  type ArtifactRow,
  artifactBytesOfRun,
  artifactsByRun,
  deleteArtifact,
  deleteExpiredArtifacts,
  findArtifact,
  insertArtifact,
} from '../../db/artifacts.ts'
import type { RunRow } from '../../db/state-of.ts'
import { keyPart } from '../../storage/keys.ts'
import type { WorkerDeps } from '../deps.ts'

const dayMs = 86_400_000
const defaultDays = 30
/** All artifacts of one run together. */
const maxRunBytes = 4 * 1024 ** 3

type Deps = Pick<WorkerDeps, 'db' | 'blobs' | 'clock'>

/**
 * The artifacts of a run: rows that name blobs. A blob without a row is what a crash left, or a project that was
 * deleted; the nightly round of retention sweeps it.
 */
export function runArtifacts(
  deps: Deps,
  run: Pick<RunRow, 'id'>,
  limits: { maxRunBytes: number } = { maxRunBytes },
): ArtifactStore {
  const find = (name: string) => findArtifact(deps.db, { runId: run.id, name, now: deps.clock.now() })
  return {
    async put(name, archive, facts) {
      const old = await find(name)
      if (old && !facts.overwrite) throw alreadyThere(name)
      // What is certain not to fit is not uploaded; others may store meanwhile, so that it is asked again at the end.
      const room = limits.maxRunBytes - (await artifactBytesOfRun(deps.db, { runId: run.id, besides: name }))
      if (room <= 0) throw tooMuch(limits.maxRunBytes)
      const id = newId()
      const key = `artifacts/${run.id}/${keyPart(name)}-${id}`
      const blob = await deps.blobs.put(key, archive, { maxBytes: Math.min(facts.maxBytes, room) })
      const now = deps.clock.now()
      const row = await insertArtifact(
        deps.db,
        {
          id,
          run_id: run.id,
          name,
          blob_key: key,
          size_bytes: blob.sizeBytes,
          file_count: facts.files,
          sha256: blob.sha256,
          media_type: facts.mediaType,
          expires_at: new Date(now.getTime() + (facts.retentionDays ?? defaultDays) * dayMs),
        },
        { overwrite: facts.overwrite, now, maxRunBytes: limits.maxRunBytes },
      )
      if (typeof row === 'string') {
        await deps.blobs.delete(key)
        throw row === 'exists' ? alreadyThere(name) : tooMuch(limits.maxRunBytes)
      }
      if (old) await deps.blobs.delete(old.blob_key)
      return stored(row)
    },
    async list() {
      return (await artifactsByRun(deps.db, run.id, deps.clock.now())).map(stored)
    },
    async get(name, range) {
      const row = await find(name)
      const blob = row && (await deps.blobs.get(row.blob_key, range))
      return row && blob && { data: blob.data, artifact: stored(row) }
    },
    async delete(name) {
      const row = await deleteArtifact(deps.db, { runId: run.id, name, now: deps.clock.now() })
      if (row) await deps.blobs.delete(row.blob_key)
      return row && stored(row)
    },
  }
}

function tooMuch(maxBytes: number): Failure {
  const gib = (maxBytes / 1024 ** 3).toFixed(0)
  return new Failure('blob-too-large', `The artifacts of this run come to more than ${gib} GiB.`)
}

function stored(row: ArtifactRow): StoredArtifact {
  const { id, name, sha256 } = row
  return {
    id,
    name,
    sizeBytes: row.size_bytes,
    sha256,
    mediaType: row.media_type,
    createdAt: row.created_at,
  }
}

/** Deletes artifacts whose days are over. Rows first: a crash leaves a blob that nobody names. */
export async function deleteOldArtifacts(deps: Deps): Promise<number> {
  const keys = await deleteExpiredArtifacts(deps.db, deps.clock.now(), 1000)
  for (const key of keys) await deps.blobs.delete(key)
  return keys.length
}
