import { createHash } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { privateRoot } from '../linux/host.ts'
import { removeTree } from '../linux/remove-tree.ts'

/** Where the containers of one job have their things on this machine. */
export interface JobFolders {
  /** Workspace, home; below the data folder. */
  folder: string
  upper: string
  home: string
  /** Sockets; a short path, because a socket's may have 107 bytes only. */
  run: string
  doors: string
}

/** The folders of a job's containers. */
export function jobFolders(dataDir: string, id: string): JobFolders {
  const folder = join(dataDir, 'containers', id)
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const run = join(privateRoot(), `c-${hash}`)
  return { folder, upper: join(folder, 'upper'), home: join(folder, 'home'), run, doors: join(run, 'doors') }
}

/** Makes them. Who may walk inside is whoever the image says; the folder around is ours alone. */
export async function makeJobFolders({ folder, upper, home, run, doors }: JobFolders): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await mkdir(run, { recursive: true, mode: 0o711 })
  for (const open of [upper, home]) {
    await mkdir(open, { recursive: true })
    await chmod(open, 0o777)
  }
  await mkdir(doors, { recursive: true, mode: 0o755 })
}

/** Removes them. */
export async function removeJobFolders({ folder, run }: Pick<JobFolders, 'folder' | 'run'>): Promise<void> {
  await rm(run, { recursive: true, force: true })
  await removeTree(folder)
}
