import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { artifactFile } from '@signalbox/core/base/artifact-file.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { alreadyThere } from './artifact-names.ts'
import type { ArtifactFacts, ArtifactStore, StoredArtifact } from './artifact-store.ts'

const factsEnding = '.facts.json'

/** What stands beside the file of an artifact. */
const Facts = z.object({
  name: z.string(),
  file: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  mediaType: z.string(),
  createdAt: z.coerce.date(),
})

/** Keeps the artifacts of one run as files of a folder that nobody else writes to: for runs without a server. */
export function createFolderArtifacts(folder: string): ArtifactStore {
  const baseOf = (name: string) => `_${encodeURIComponent(name)}`
  const factsOf = (name: string) => join(folder, `${baseOf(name)}${factsEnding}`)

  async function find(path: string): Promise<(StoredArtifact & { file: string }) | undefined> {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) return undefined
    const facts = Facts.parse(JSON.parse(text))
    return { id: facts.name, ...facts }
  }

  async function put(name: string, archive: Readable, facts: ArtifactFacts): Promise<StoredArtifact> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const old = await find(factsOf(name))
    if (old && !facts.overwrite) throw alreadyThere(name)
    const file = encodeURIComponent(artifactFile(name, facts.mediaType))
    const temporary = join(folder, `${baseOf(name)}.part`)
    try {
      const measured = await write(archive, temporary, facts.maxBytes)
      const kept = { name, file, ...measured, mediaType: facts.mediaType, createdAt: new Date() }
      if (old && old.file !== file) await rm(join(folder, old.file), { force: true })
      await rename(temporary, join(folder, file))
      await writeFile(temporary, JSON.stringify(kept), { mode: 0o600 })
      await rename(temporary, factsOf(name))
      return { id: name, ...kept }
    } finally {
      await rm(temporary, { force: true })
    }
  }
  return {
    put,
    async list() {
      const files = await readdir(folder).catch(() => [])
      const found = await Promise.all(
        files.filter((file) => file.endsWith(factsEnding)).map((file) => find(join(folder, file))),
      )
      return found.filter((one) => one !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async get(name, range) {
      const artifact = await find(factsOf(name))
      const path = artifact && join(folder, artifact.file)
      const there = path && (await stat(path).catch(() => undefined))?.isFile()
      return artifact && there ? { artifact, data: createReadStream(path, range) } : undefined
    },
    async delete(name) {
      const artifact = await find(factsOf(name))
      if (!artifact) return undefined
      await rm(factsOf(name), { force: true })
      await rm(join(folder, artifact.file), { force: true })
      return artifact
    },
  }
}

async function write(
  archive: Readable,
  path: string,
  maxBytes: number,
): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length
      hash.update(chunk)
      const large = sizeBytes > maxBytes
      done(large ? new Failure('blob-too-large', 'The artifact is too large.') : null, chunk)
    },
  })
  await pipeline(archive, measure, createWriteStream(path, { mode: 0o600 }))
  return { sizeBytes, sha256: hash.digest('hex') }
}
