import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobEntry } from '../port.ts'
import { trailerBytes } from '../trailer.ts'
import { codeOf, storageFailure } from './failures.ts'

/** No key holds this sign: a blob `a` and the folder of a blob `a/b` never have one name. */
const suffix = '~'

/** The file of a checked key. */
export function fileOf(root: string, key: string): string {
  return join(root, `${key}${suffix}`)
}

interface Entry {
  /** As keys are ordered: a folder's name stands with its slash. */
  name: string
  folder: boolean
}

/** Every blob under a checked prefix in the order of keys; holds the names of one folder per level. */
export async function* listFolder(root: string, prefix: string): AsyncGenerator<BlobEntry> {
  const cut = prefix.lastIndexOf('/') + 1
  yield* walk(root, prefix.slice(0, cut), prefix)
}

async function* walk(root: string, base: string, prefix: string): AsyncGenerator<BlobEntry> {
  for (const { name, folder } of await entriesOf(join(root, base), root)) {
    const key = `${base}${name}`
    if (!key.startsWith(prefix)) continue
    if (folder) {
      yield* walk(root, key, prefix)
      continue
    }
    const entry = await entryOf(root, key)
    if (entry) yield entry
  }
}

async function entriesOf(folder: string, root: string): Promise<Entry[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    // Deleted since its name was read.
    if (codeOf(error) === 'ENOENT') return [] satisfies Dirent[]
    throw storageFailure(error, root)
  })
  const entries = found.flatMap((entry): Entry[] => {
    if (entry.isDirectory()) return [{ name: `${entry.name}/`, folder: true }]
    const ours = entry.isFile() && entry.name.endsWith(suffix)
    return ours ? [{ name: entry.name.slice(0, -suffix.length), folder: false }] : []
  })
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function entryOf(root: string, key: string): Promise<BlobEntry | undefined> {
  try {
    const { size, mtime } = await stat(fileOf(root, key))
    return { key, sizeBytes: Math.max(0, size - trailerBytes), storedAt: mtime }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw storageFailure(error, root)
  }
}
