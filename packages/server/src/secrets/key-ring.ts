import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { type MasterKey, masterKey, newMasterKey } from './envelope.ts'

/** Where the master keys are, the first one in use and the others good for what is still under them. */
export interface KeyRing {
  /** `SIGNALBOX_MASTER_KEY`, or the path of the file. */
  readonly label: string
  /** Empty when there is none yet. Failures `master-key-exposed`, `master-key-invalid`. */
  read(): Promise<MasterKey[]>
  /**
   * Makes the first key unless there is one by now. Failure `master-key-missing` where keys are not ours to
   * make: the environment names them.
   */
  create(): Promise<MasterKey[]>
  /** Puts these keys in place of those that stand there; undefined where keys are not ours to change. */
  replace: ((keys: MasterKey[]) => Promise<void>) | undefined
}

/** Keys given by the environment: base64, the one in use first, then those before it after commas. */
export function environmentKeyRing(value: string): KeyRing {
  const label = 'SIGNALBOX_MASTER_KEY'
  const keys = value.split(',').map((text) => parseKey(text.trim(), label))
  return { label, read: async () => keys, create: async () => keys, replace: undefined }
}

/**
 * Keys in a file that only the account of Signalbox may read: base64, one on each line, the one in use first.
 * It is read anew each time, so that every process knows at once when keys were rotated. `mayCreate`: false
 * for a file that a person keeps.
 */
export function fileKeyRing(file: string, mayCreate: boolean): KeyRing {
  async function read(): Promise<MasterKey[]> {
    const text = await readGuarded(file)
    if (text === undefined) return []
    const lines = text.split('\n').map((line) => line.trim())
    return lines.filter((line) => line !== '').map((line) => parseKey(line, file))
  }
  return {
    label: file,
    read,
    async create() {
      const known = await read()
      if (known.length > 0) return known
      if (!mayCreate) {
        throw new Failure('master-key-missing', `${file} holds no master key.`, {
          hint: 'Write 32 random bytes as base64 into it: openssl rand -base64 32',
        })
      }
      await writeBeside(file, [newMasterKey()], async (draft) => {
        // Of processes that start together one makes the key; a link never replaces what is there.
        await link(draft, file).catch((error: unknown) => {
          if (codeOf(error) !== 'EEXIST') throw error
        })
        await rm(draft)
      })
      return await read()
    },
    replace: mayCreate
      ? (keys) => writeBeside(file, keys, async (draft) => await rename(draft, file))
      : undefined,
  }
}

/** The generated key's place. */
export function masterKeyFile(dataDir: string): string {
  return join(dataDir, 'master-key')
}

function parseKey(text: string, where: string): MasterKey {
  const bytes = Buffer.from(text, 'base64')
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text) && bytes.length === 32) return masterKey(bytes)
  throw new Failure('master-key-invalid', `${where} does not hold a master key: 32 bytes as base64.`, {
    hint: 'Make one with: openssl rand -base64 32',
  })
}

/** The file's text; undefined when there is none. Refuses what others could have read, changed or put there. */
async function readGuarded(file: string): Promise<string | undefined> {
  let handle: FileHandle
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw exposed(file, `it cannot be read as a plain file (${codeOf(error)})`)
  }
  try {
    const { mode, uid, size } = await handle.stat()
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw exposed(file, 'it is not a plain file')
    if (uid !== process.getuid?.() && uid !== 0) throw exposed(file, `it belongs to the account ${uid}`)
    if ((mode & 0o077) !== 0) throw exposed(file, `its mode is ${(mode & 0o777).toString(8)}`)
    if (size > 65_536) throw exposed(file, 'it is too large')
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

function exposed(file: string, why: string): Failure {
  return new Failure('master-key-exposed', `The master key in ${file} is not used: ${why}.`, {
    hint: `Only the account of Signalbox may read it: chmod 600 ${file}`,
  })
}

/** Writes a draft beside the file, durably, and has it put in place. */
async function writeBeside(
  file: string,
  keys: MasterKey[],
  place: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(keys.map((key) => `${key.bytes.toString('base64')}\n`).join(''))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await place(draft)
  const folder = await open(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined
}
