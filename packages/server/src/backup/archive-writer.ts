import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import {
  chunkBytes,
  headerEntry,
  type Manifest,
  manifestEntry,
  newSeal,
  type Part,
  type Seal,
} from './format.ts'

/** Writes one archive from its beginning to its end; nothing stands under its name until `finish`. */
export class ArchiveWriter {
  readonly #tar: Pack
  readonly #seal: Seal
  readonly #path: string
  readonly #draft: string
  readonly #written: Promise<void>
  readonly #parts: Part[] = []
  #failed: unknown

  /** Use `ArchiveWriter.create`. */
  constructor(path: string, seal: Seal) {
    this.#path = path
    this.#draft = `${path}.part`
    this.#seal = seal
    this.#tar = pack({ highWaterMark: chunkBytes })
    this.#written = pipeline(this.#tar, createWriteStream(this.#draft, { mode: 0o600 }))
    this.#written.catch((error: unknown) => {
      this.#failed = error
    })
  }

  /** Begins `<path>.part`, readable by its owner alone. */
  static async create(path: string, passphrase: string | undefined): Promise<ArchiveWriter> {
    await rm(`${path}.part`, { force: true })
    const writer = new ArchiveWriter(path, await newSeal(passphrase))
    await writer.#entry(headerEntry, Buffer.from(`${JSON.stringify(writer.#seal.header)}\n`))
    return writer
  }

  /** Copies a stream to its end as one part, chunk by chunk. */
  async part(name: string, kind: Part['kind'], data: AsyncIterable<Buffer>): Promise<Part> {
    const hash = createHash('sha256')
    let bytes = 0
    let number = 0
    let waiting: Buffer[] = []
    let waitingBytes = 0
    const flush = async () => {
      number += 1
      const entry = `${name}/${String(number).padStart(8, '0')}`
      await this.#entry(entry, this.#seal.close(entry, Buffer.concat(waiting)))
      waiting = []
      waitingBytes = 0
    }
    for await (const piece of data) {
      hash.update(piece)
      bytes += piece.length
      for (let at = 0; at < piece.length; ) {
        const take = piece.subarray(at, at + chunkBytes - waitingBytes)
        waiting.push(take)
        waitingBytes += take.length
        at += take.length
        if (waitingBytes === chunkBytes) await flush()
      }
    }
    if (waitingBytes > 0) await flush()
    const part = { name, kind, bytes, sha256: hash.digest('hex') }
    this.#parts.push(part)
    return part
  }

  /** The manifest, then everything to the disk, then the name: only now is there a backup. Its size in bytes. */
  async finish(manifest: Omit<Manifest, 'parts'>): Promise<number> {
    const whole: Manifest = { ...manifest, parts: this.#parts }
    await this.#entry(manifestEntry, this.#seal.close(manifestEntry, Buffer.from(JSON.stringify(whole))))
    this.#tar.finalize()
    await this.#written
    const file = await open(this.#draft, 'r+')
    try {
      await file.sync()
      const { size } = await file.stat()
      await rename(this.#draft, this.#path)
      const folder = await open(dirname(this.#path), 'r')
      await folder.sync().finally(() => folder.close())
      return size
    } finally {
      await file.close()
    }
  }

  /** Gives up and deletes what was written. */
  async abandon(): Promise<void> {
    this.#tar.destroy()
    await this.#written.catch(() => {})
    await rm(this.#draft, { force: true })
  }

  async #entry(name: string, data: Buffer): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    const stored = new Promise<void>((resolve, reject) => {
      const entry = this.#tar.entry({ name, mode: 0o600, size: data.length }, (error) =>
        error ? reject(error) : resolve(),
      )
      entry.end(data)
    })
    stored.catch(() => {})
    // The file may fail (a full disk) while the entry waits for room: then nobody would call back.
    await Promise.race([stored, this.#written])
    if (this.#failed !== undefined) throw this.#failed
  }
}
