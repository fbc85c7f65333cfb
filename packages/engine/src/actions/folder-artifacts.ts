import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ArtifactStore, StoredArtifact } from './artifact-store.ts'

const ending = '.tar.gz'

/** Keeps the artifacts of one run as files of a folder that nobody else writes to: for runs without a server. */
export function createFolderArtifacts(folder: string): ArtifactStore {
  const fileOf = (name: string) => join(folder, `${encodeURIComponent(name)}${ending}`)
  async function store(
    name: string,
    archive: Readable,
    facts: { overwrite: boolean; maxBytes: number },
  ): Promise<StoredArtifact> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = fileOf(name)
    if (!facts.overwrite && (await stat(file).catch(() => undefined))) throw alreadyThere(name)
    const temporary = `${file}.part`
    const hash = createHash('sha256')
    let sizeBytes = 0
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sizeBytes += chunk.length
        hash.update(chunk)
        done(
          sizeBytes > facts.maxBytes ? new Failure('blob-too-large', 'The artifact is too large.') : null,
          chunk,
        )
      },
    })
    try {
      await pipeline(archive, measure, createWriteStream(temporary, { mode: 0o600 }))
      await rename(temporary, file)
    } finally {
      await rm(temporary, { force: true })
    }
    return { id: name, name, sizeBytes, sha256: hash.digest('hex') }
  }
  return {
    put: store,
    async list() {
      const files = await readdir(folder).catch(() => [])
      const names = files.filter((file) => file.endsWith(ending)).sort()
      return await Promise.all(
        names.map(async (file) => {
          const name = decodeURIComponent(file.slice(0, -ending.length))
          return { id: name, name, sizeBytes: (await stat(join(folder, file))).size, sha256: '' }
        }),
      )
    },
    async get(name) {
      const found = await stat(fileOf(name)).catch(() => undefined)
      return found?.isFile() ? createReadStream(fileOf(name)) : undefined
    },
  }
}

/** What a second upload under a name is told. */
export function alreadyThere(name: string): Failure {
  return new Failure('artifact-exists', `the run has an artifact ${name} already`, {
    hint: 'Give it another name (in a matrix: with ${{ matrix.… }} in it), or set overwrite: true.',
  })
}
