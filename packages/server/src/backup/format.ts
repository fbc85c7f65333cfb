import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'

/*
 * An archive is a tar file. Its first entry says how to read the rest; its last one, the manifest, says what the
 * archive holds, so that one without it is known to be a part. Everything between is chunks `<part>/<number>` of
 * at most 4 MiB: what is copied has no known length, and a tar entry needs one. With a passphrase each chunk, and
 * the manifest, is AES-256-GCM: 12 bytes of nonce, the text, 16 bytes of tag; its name is authenticated with it.
 */

export const headerEntry = 'signalbox-backup.json'
export const manifestEntry = 'manifest.json'
export const chunkBytes = 4 * 1024 * 1024

/** The first entry of an archive. */
export const Header = z.object({
  format: z.literal('signalbox-backup'),
  formatVersion: z.literal(1),
  encrypted: z.object({ kdf: z.literal('scrypt'), salt: z.string() }).nullable(),
})
export type Header = z.infer<typeof Header>

/** One stream of bytes in an archive. */
export const Part = z.object({
  name: z.string(),
  kind: z.enum(['table', 'repository', 'file']),
  bytes: z.int(),
  sha256: z.string(),
})
export type Part = z.infer<typeof Part>

/** The last entry: without it an archive is not whole. */
export const Manifest = z.object({
  version: z.string(),
  madeAt: z.string(),
  /** Everything, or the database alone (`db export`). */
  holds: z.enum(['everything', 'database']),
  databaseVersion: z.string(),
  migrations: z.array(z.string()),
  tables: z.array(
    z.object({ name: z.string(), part: z.string(), columns: z.array(z.string()), rows: z.int() }),
  ),
  sequences: z.array(z.object({ name: z.string(), value: z.int() })),
  repositories: z.array(
    z.object({
      projectId: z.string(),
      part: z.string(),
      head: z.string(),
      refs: z.array(z.object({ name: z.string(), commit: z.string() })),
      /** Objects in it; 0: nothing was ever pushed to it. */
      objects: z.int(),
    }),
  ),
  files: z.array(z.object({ path: z.string(), part: z.string(), mode: z.int() })),
  /** Where the blobs were, when they are not among the files: a bucket, which keeps them. */
  blobs: z.object({ store: z.string(), answered: z.boolean() }).optional(),
  /** What an archive of this kind leaves out, for people. */
  leftOut: z.array(z.string()),
  parts: z.array(Part),
})
export type Manifest = z.infer<typeof Manifest>

/** Seals and opens chunks; without a passphrase it passes them on. */
export interface Seal {
  header: Header
  close(name: string, data: Buffer): Buffer
  open(name: string, data: Buffer): Buffer
}

/** A new seal for a new archive. */
export async function newSeal(passphrase: string | undefined): Promise<Seal> {
  const salt = passphrase === undefined ? undefined : randomBytes(16)
  const encrypted = salt ? { kdf: 'scrypt' as const, salt: salt.toString('hex') } : null
  return await sealOf({ format: 'signalbox-backup', formatVersion: 1, encrypted }, passphrase)
}

/** The seal of an archive that is there. `backup-passphrase` when it needs a passphrase and there is none. */
export async function sealOf(header: Header, passphrase: string | undefined): Promise<Seal> {
  if (!header.encrypted) return { header, close: (_name, data) => data, open: (_name, data) => data }
  if (passphrase === undefined) throw passphraseFailure('This archive is sealed with a passphrase.')
  const key = await keyOf(passphrase, Buffer.from(header.encrypted.salt, 'hex'))
  return {
    header,
    close(name, data) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
      return Buffer.concat([nonce, cipher.update(data), cipher.final(), cipher.getAuthTag()])
    },
    open(name, data) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, 12))
        decipher.setAAD(Buffer.from(name)).setAuthTag(data.subarray(-16))
        return Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()])
      } catch (cause) {
        throw passphraseFailure('The passphrase is another one, or the archive is damaged.', cause)
      }
    },
  }
}

function passphraseFailure(sentence: string, cause?: unknown): Failure {
  return new Failure('backup-passphrase', sentence, {
    hint: 'Name the file that holds its passphrase: --passphrase-file FILE.',
    cause,
  })
}

function keyOf(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** What a damaged, half or foreign file is called. */
export function notWhole(path: string, why: string): Failure {
  return new Failure('backup-damaged', `${path} is not a whole backup of Signalbox: ${why}.`, {
    hint: 'Nothing was touched. Use another archive.',
  })
}
