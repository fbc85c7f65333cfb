import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { tarMediaType, zipMediaType } from '@signalbox/core/base/artifact-file.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { extract, type Pack, pack } from 'tar-stream'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { ZipFile as ZipWriter } from 'yazl'
import { maxArtifactFiles, maxUnpackedBytes } from './artifact-names.ts'
import type { StoredArtifact } from './artifact-store.ts'

/** The kind of a Unix file in the upper half of a zip entry's attributes. */
const kindMask = 0o170000
const regularFile = 0o100000

/** A kept artifact as a plain tar stream of its files, whatever it is kept as; for unpacking in a sandbox. */
export function asTar(data: Readable, artifact: StoredArtifact): AsyncIterable<Uint8Array> {
  if (artifact.mediaType === tarMediaType) return gunzipped(data)
  return artifact.mediaType === zipMediaType ? tarOfZip(data) : tarOfFile(data, artifact)
}

async function* gunzipped(archive: Readable): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  archive.once('error', (error) => gunzip.destroy(error))
  let size = 0
  try {
    for await (const chunk of archive.pipe(gunzip)) {
      const bytes: Uint8Array = chunk
      size += bytes.length
      if (size > maxUnpackedBytes) throw tooLarge()
      yield bytes
    }
  } finally {
    archive.destroy()
  }
}

async function* tarOfFile(data: Readable, artifact: StoredArtifact): AsyncGenerator<Uint8Array> {
  const tar = pack()
  const filling = addEntry(tar, { name: artifact.name, size: artifact.sizeBytes, mode: 0o644 }, data).then(
    () => tar.finalize(),
  )
  yield* drained(tar, filling)
}

/** A zip is read from its end: it goes through a file of ours first. */
async function* tarOfZip(data: Readable): AsyncGenerator<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-zip-'))
  try {
    const path = join(folder, 'artifact.zip')
    await pipeline(data, createWriteStream(path, { mode: 0o600, flags: 'wx' }))
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch(unreadable)
    try {
      const tar = pack()
      yield* drained(tar, fillFromZip(tar, zip))
    } finally {
      zip.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function fillFromZip(tar: Pack, zip: ZipFile): Promise<void> {
  let entries = 0
  let bytes = 0
  try {
    for await (const entry of zip.eachEntry()) {
      entries += 1
      bytes += entry.uncompressedSize
      if (entries > maxArtifactFiles) throw refused(`it holds more than ${maxArtifactFiles} entries`)
      if (bytes > maxUnpackedBytes) throw tooLarge()
      checkEntry(entry)
      const { fileName: name } = entry
      if (name.endsWith('/')) {
        tar.entry({ name, type: 'directory', mode: 0o755 })
        continue
      }
      const mode = (entry.externalFileAttributes >>> 16) & 0o111 ? 0o755 : 0o644
      const content = await zip.openReadStreamPromise(entry)
      await addEntry(tar, { name, size: entry.uncompressedSize, mode }, content)
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    unreadable(error)
  }
  tar.finalize()
}

function checkEntry(entry: Entry): void {
  const kind = (entry.externalFileAttributes >>> 16) & kindMask
  const folder = entry.fileName.endsWith('/')
  if (!folder && kind !== 0 && kind !== regularFile) throw refused('it holds a link or a device')
  if (entry.isEncrypted()) throw refused('it is encrypted')
  // yauzl has refused what is absolute or leads upwards.
  if (entry.fileName.length > 4096 || entry.fileName.includes('\0'))
    throw refused('a name in it is no name of a file')
}

/** A kept artifact as the stock download takes it: a zip, or a single file as it is. */
export function asZip(data: Readable, artifact: StoredArtifact): Readable {
  return artifact.mediaType === tarMediaType ? zipOfTar(data) : data
}

/** Files and folders; links are left out, as the stock upload leaves them out. */
function zipOfTar(archive: Readable): Readable {
  const zip = new ZipWriter()
  const out = new PassThrough()
  zip.outputStream.pipe(out)
  const fail = (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error)))
  zip.on('error', fail)
  fillFromTar(zip, archive).catch(fail)
  out.once('close', () => archive.destroy())
  return out
}

async function fillFromTar(zip: ZipWriter, archive: Readable): Promise<void> {
  const tar = extract()
  const reading = pipeline(Readable.from(gunzipped(archive)), tar)
  reading.catch(() => {})
  for await (const entry of tar) {
    const { name, type, size, mode, mtime } = entry.header
    const path = name.replace(/^(\.\/)+/, '').replace(/\/$/, '')
    const options = { mtime: mtime ?? new Date(), mode: (mode ?? 0o644) & 0o777 }
    if (type === 'directory' && path !== '' && path !== '.')
      zip.addEmptyDirectory(path, { ...options, mode: options.mode | 0o40000 })
    if (type !== 'file') {
      entry.resume()
      continue
    }
    const content = Readable.from(entry, { objectMode: false })
    const ended = new Promise<void>((resolve, reject) => content.once('end', resolve).once('error', reject))
    const forceZip64Format = (size ?? 0) >= 0xffff_fff0
    zip.addReadStream(content, path, { ...options, size, forceZip64Format, mode: options.mode | regularFile })
    await ended
  }
  await reading
  zip.end()
}

function addEntry(
  tar: Pack,
  header: { name: string; size: number; mode: number },
  data: Readable,
): Promise<void> {
  return pipeline(data, tar.entry(header))
}

/** What fills it breaks it off with its own error. */
async function* drained(tar: Pack, filling: Promise<void>): AsyncGenerator<Uint8Array> {
  const failed = filling.catch((error: unknown) =>
    tar.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  try {
    for await (const chunk of Readable.from(tar, { objectMode: false })) {
      const bytes: Uint8Array = chunk
      yield bytes
    }
  } finally {
    tar.destroy()
    await failed
  }
  await filling
}

function tooLarge(): Failure {
  return new Failure('artifact-too-large', 'the artifact unpacks to more than 8 GiB')
}

function unreadable(cause: unknown): never {
  throw new Failure('artifact-refused', 'the artifact is no zip archive, or a damaged one', { cause })
}

function refused(why: string): Failure {
  return new Failure('artifact-refused', `the artifact is not unpacked: ${why}`)
}
