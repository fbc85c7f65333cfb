import { randomBytes } from 'node:crypto'
import { rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { isRoot } from './host.ts'
import { isSandboxUser } from './host-user.ts'
import { type DataPaths, layerPath } from './paths.ts'
import { removeTree } from './remove-tree.ts'

/** Sealed workspaces under dataDir/layers. What is in them was written by a sandbox and stays hostile. */
export interface Snapshots {
  pathOf(key: string): string
  find(key: string): Promise<string | undefined>
  remove(key: string): Promise<void>
  /** Refuses a layer that is not one of ours. */
  assertLayer(path: string): void
}

/** The layers of one data folder. */
export function createSnapshots(data: DataPaths): Snapshots {
  return {
    pathOf: (key) => layerPath(data, key),
    async find(key) {
      const path = layerPath(data, key)
      const found = await stat(path).catch(() => undefined)
      // A layer that another kind of user sealed could not be written over: it counts as absent.
      const usable =
        found?.isDirectory() && (isRoot() ? isSandboxUser(found.uid) : found.uid === process.getuid?.())
      return usable ? path : undefined
    },
    async remove(key) {
      // Renamed first: a half-removed layer must never be found.
      const gone = join(data.layers, `.removing-${randomBytes(6).toString('hex')}`)
      await rename(layerPath(data, key), gone).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
      await removeTree(gone)
    },
    assertLayer(path) {
      if (dirname(path) === data.layers && !basename(path).startsWith('.')) return
      throw new Failure('sandbox-layer', `${path} is not a layer of this data folder.`)
    },
  }
}
