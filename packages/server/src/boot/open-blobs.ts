import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { checkBlobs } from '../storage/check-blobs.ts'
import { createFolderBlobs } from '../storage/folder/create-folder-blobs.ts'
import type { Blobs } from '../storage/port.ts'
import { createS3Blobs } from '../storage/s3/create-s3-blobs.ts'

/**
 * The store of blobs that the configuration names: a bucket, else a folder of the data folder. A store that
 * refuses ends the start with what is wrong; one that does not answer now is told, and waited for.
 */
export async function openBlobs(config: Config, log: Logger): Promise<Blobs> {
  const blobs = config.s3
    ? createS3Blobs(config.s3)
    : await createFolderBlobs({ folder: join(config.dataDir, 'blobs') })
  await checkBlobs(blobs).catch((error: unknown) => {
    if (!(error instanceof Failure) || !error.retryable) throw error
    log.error({ code: error.code, hint: error.hint }, error.message)
  })
  return blobs
}
