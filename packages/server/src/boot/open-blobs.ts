import { join } from 'node:path'
import type { Config } from '../config.ts'
import { createFolderBlobs } from '../storage/folder/create-folder-blobs.ts'
import type { Blobs } from '../storage/port.ts'

/** The store of blobs that the configuration names: a folder of the data folder. */
export async function openBlobs(config: Config): Promise<Blobs> {
  return await createFolderBlobs({ folder: join(config.dataDir, 'blobs') })
}
