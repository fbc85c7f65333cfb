import { once } from 'node:events'
import { Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { Failure } from '@signalbox/core/base/failure.ts'
import { createTarCheck, type TarLimits } from './tar-check.ts'

/**
 * The same bytes, a compressed tar archive, checked as they go through: it fails with `artifact-refused` before its
 * end when the archive holds what none may, so that whoever stores it whole or not at all stores nothing.
 */
export function checkedArchive(archive: Readable, limits: TarLimits): Readable {
  return Readable.from(checked(archive, limits), { objectMode: false })
}

async function* checked(archive: Readable, limits: TarLimits): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  const read = check(gunzip, limits)
  // Whoever waits for it hears of it; until then it is nobody's.
  read.catch(() => {})
  try {
    for await (const chunk of archive) {
      const bytes: Buffer = chunk
      if (!gunzip.write(bytes)) await Promise.race([once(gunzip, 'drain'), read])
      yield bytes
    }
    gunzip.end()
    await read
  } finally {
    gunzip.destroy()
    archive.destroy()
  }
}

async function check(gunzip: Gunzip, limits: TarLimits): Promise<void> {
  const tar = createTarCheck(limits)
  try {
    for await (const chunk of gunzip) tar.add(chunk)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('artifact-refused', 'the artifact is not kept: it is no gzip archive, or cut off', {
      cause: error,
    })
  }
  tar.end()
}
