import { Failure } from '@signalbox/core/base/failure.ts'
import type { Manifest } from '../backup/format.ts'
import { checkBlobs } from '../storage/check-blobs.ts'
import type { Blobs } from '../storage/port.ts'

type Say = (text: string) => void

/**
 * What the manifest of a backup says of blobs that stay in a bucket; undefined when there is none. A bucket that
 * does not answer is told and ends nothing: the rest is worth a backup all the more.
 */
export async function blobsLeftBehind(bucket: Blobs | undefined, say: Say): Promise<Manifest['blobs']> {
  if (!bucket) return undefined
  const trouble = await troubleOf(bucket)
  say(`Blobs         stay in the ${bucket.label}: its own versions or copies are their backup`)
  if (trouble) say(`NOT checked: ${trouble.message} ${trouble.hint ?? ''}`.trimEnd())
  return { store: bucket.label, answered: trouble === undefined }
}

/**
 * Whether the blobs of an archive can be read here. Failure `backup-blobs`, before anything is touched, when they
 * were in a bucket that is not configured or does not answer; with `without` that is only said.
 */
export async function refuseLostBlobs(
  manifest: Manifest,
  bucket: Blobs | undefined,
  { without, say }: { without: boolean; say: Say },
): Promise<void> {
  if (!manifest.blobs) return
  const { store } = manifest.blobs
  const why = await whyNot(store, bucket)
  if (why === undefined) return say(`Blobs         in the ${store}, which answers`)
  if (without) return say(`WITHOUT blobs: ${why} Logs and artifacts of then cannot be read.`)
  throw new Failure('backup-blobs', `The blobs of this archive are in the ${store}. ${why}`, {
    hint: 'Set the S3 variables as they were (docs/reference/configuration.md), or say --without-blobs.',
  })
}

async function whyNot(store: string, bucket: Blobs | undefined): Promise<string | undefined> {
  if (!bucket) return 'No bucket is configured here.'
  if (bucket.label !== store) return `Here the ${bucket.label} is configured.`
  return (await troubleOf(bucket))?.message
}

async function troubleOf(bucket: Blobs): Promise<Failure | undefined> {
  try {
    await checkBlobs(bucket)
    return undefined
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}
