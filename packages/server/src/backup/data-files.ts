import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Entries of the data folder that an archive leaves out: what is copied in another way (`database`,
 * `repositories`), what belongs to processes of this moment, and what is made again. Everything else goes along,
 * so that what a later version keeps there is not forgotten.
 */
const leftOut = new Set([
  'database',
  'repositories',
  'up.pid',
  'cli-token',
  'sandboxes',
  'egress',
  'ingress',
  'git',
  'kit',
  'releases',
  'layers',
  'restore-under-way.json',
])

/** Whether an archive may hold this entry of the data folder: one of ours has none of what is left out. */
export function mayBeRestored(path: string): boolean {
  const [top = ''] = path.split('/')
  return !leftOut.has(top) && !top.startsWith('.restore-')
}

/** Said by backup and in the manifest: not everything that stands in the data folder is in an archive. */
export const leftOutWords = [
  'sealed workspaces of releases and snapshots (what is live is built again after a restore)',
  'the token of the CLI (made again at the first start)',
]

/** A file to be copied; the path is relative to the data folder. */
export interface DataFile {
  path: string
  mode: number
}

/** The regular files of the data folder that belong in an archive, sorted; links and sockets are passed over. */
export async function dataFiles(dataDir: string): Promise<DataFile[]> {
  const found: DataFile[] = []
  async function walk(folder: string): Promise<void> {
    const entries = await readdir(join(dataDir, folder), { withFileTypes: true }).catch(() => [])
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (folder === '' && (leftOut.has(entry.name) || entry.name.startsWith('.restore-'))) continue
      if (entry.isDirectory()) await walk(path)
      if (!entry.isFile()) continue
      const info = await lstat(join(dataDir, path)).catch(() => undefined)
      if (info) found.push({ path, mode: info.mode & 0o777 })
    }
  }
  await walk('')
  return found
}

/** What stands in a data folder that a restore would overwrite; empty for one that was never used. */
export async function occupants(dataDir: string): Promise<string[]> {
  const names = await readdir(dataDir).catch(() => [])
  const harmless = new Set(['up.pid', 'kit', 'git', 'restore-under-way.json'])
  return names.filter((name) => !harmless.has(name) && !name.startsWith('.restore-'))
}

/** The bytes of a file; undefined when it is gone by now. A link in its place is not followed. */
export async function readDataFile(
  dataDir: string,
  path: string,
): Promise<AsyncIterable<Buffer> | undefined> {
  const file = await open(join(dataDir, path), constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    () => undefined,
  )
  return file?.createReadStream({ highWaterMark: 1024 * 1024 })
}
