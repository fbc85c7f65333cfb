import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Failure } from '@signalbox/core/base/failure.ts'
import { extract } from 'tar-stream'
import { Header, headerEntry, Manifest, manifestEntry, notWhole, type Seal, sealOf } from './format.ts'

/** Larger than any chunk of ours: a foreign file must not fill the memory. */
const mostEntryBytes = 256 * 1024 * 1024

interface Entry {
  name: string
  data: Buffer
}

/** Where an archive is and what opens it. */
export interface ArchiveSource {
  path: string
  passphrase: string | undefined
}

/** Reads an archive to its end and compares every part with the manifest; writes nothing. */
export async function verifyArchive(source: ArchiveSource): Promise<Manifest> {
  const found = new Map<string, { hash: ReturnType<typeof createHash>; bytes: number }>()
  let manifest: Manifest | undefined
  for await (const { name, data } of entries(source)) {
    if (manifest) throw notWhole(source.path, 'something follows its manifest')
    if (name === manifestEntry) {
      manifest = Manifest.parse(JSON.parse(data.toString('utf8')))
      continue
    }
    const part = partOf(source.path, name)
    const known = found.get(part) ?? { hash: createHash('sha256'), bytes: 0 }
    known.hash.update(data)
    found.set(part, { hash: known.hash, bytes: known.bytes + data.length })
  }
  if (!manifest) throw notWhole(source.path, 'it ends before its manifest')
  const empty = createHash('sha256').digest('hex')
  for (const part of manifest.parts) {
    const seen = found.get(part.name)
    const same = (seen?.bytes ?? 0) === part.bytes && (seen?.hash.digest('hex') ?? empty) === part.sha256
    if (!same) throw notWhole(source.path, `${part.name} is not what was stored`)
  }
  return manifest
}

/** Each part once, in the order of the archive, its bytes as a stream that is read to its end; parts without a byte are not among them. */
export async function* readParts(
  source: ArchiveSource,
): AsyncGenerator<{ name: string; data: AsyncGenerator<Buffer> }> {
  const all = entries(source)
  let current = await all.next()
  while (!current.done) {
    const name = current.value.name
    if (name === manifestEntry) return
    const part = partOf(source.path, name)
    async function* chunks(): AsyncGenerator<Buffer> {
      while (!current.done && current.value.name !== manifestEntry) {
        if (partOf(source.path, current.value.name) !== part) return
        yield current.value.data
        current = await all.next()
      }
    }
    const data = chunks()
    yield { name: part, data }
    for await (const _rest of data) {
      // Whoever had no use for it leaves it to us.
    }
  }
}

async function* entries(source: ArchiveSource): AsyncGenerator<Entry> {
  const file = createReadStream(source.path, { highWaterMark: 1024 * 1024 })
  const tar = extract()
  file.on('error', (error) => tar.destroy(error))
  file.pipe(tar)
  let seal: Seal | undefined
  try {
    for await (const entry of tar) {
      const { name, size = 0 } = entry.header
      if (size > mostEntryBytes) throw notWhole(source.path, 'it is another kind of archive')
      const pieces: Buffer[] = []
      for await (const piece of entry) if (piece instanceof Uint8Array) pieces.push(Buffer.from(piece))
      const data = Buffer.concat(pieces)
      if (!seal) {
        if (name !== headerEntry) throw notWhole(source.path, 'it is another kind of archive')
        seal = await sealOf(Header.parse(JSON.parse(data.toString('utf8'))), source.passphrase)
        continue
      }
      yield { name, data: seal.open(name, data) }
    }
  } catch (error) {
    throw readFailure(source.path, error)
  } finally {
    file.destroy()
  }
}

function readFailure(path: string, error: unknown): unknown {
  if (error instanceof Failure) return error
  const why = error instanceof Error ? error.message : String(error)
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return new Failure('usage', `There is no file ${path}.`)
  }
  return notWhole(path, why)
}

function partOf(path: string, entry: string): string {
  const found = /^(.+)\/\d{8}$/.exec(entry)?.[1]
  if (!found) throw notWhole(path, `it holds ${JSON.stringify(entry.slice(0, 100))}`)
  return found
}
