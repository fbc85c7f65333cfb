import { Failure } from '@signalbox/core/base/failure.ts'
import { expect, test } from 'vitest'
import type { Manifest } from '../backup/format.ts'
import { createFakeBlobs } from '../storage/fake/create-fake-blobs.ts'
import { blobsLeftBehind, refuseLostBlobs } from './backup-blobs.ts'

const lost = () => new Failure('storage-lost', 'The bucket does not answer.', { retryable: true })

function archive(blobs: Manifest['blobs']): Manifest {
  return {
    version: 'test',
    madeAt: '2026-01-01T00:00:00.000Z',
    holds: 'everything',
    databaseVersion: '18',
    migrations: [],
    tables: [],
    sequences: [],
    repositories: [],
    files: [],
    leftOut: [],
    parts: [],
    ...(blobs ? { blobs } : {}),
  }
}

test('a backup says that blobs stay in the bucket, and whether it answers', async () => {
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  const bucket = createFakeBlobs()
  expect(await blobsLeftBehind(undefined, say)).toBeUndefined()
  expect(said).toEqual([])
  expect(await blobsLeftBehind(bucket, say)).toEqual({ store: 'fake', answered: true })
  expect(said.join('\n')).toContain('stay in the fake')
  expect(bucket.keys()).toEqual([])
  bucket.failNext('put', lost())
  expect(await blobsLeftBehind(bucket, say)).toEqual({ store: 'fake', answered: false })
  expect(said.join('\n')).toContain('NOT checked: The bucket does not answer.')
})

test('a restore wants the bucket of the archive to be here and to answer, or to be told that it goes without', async () => {
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  const bucket = createFakeBlobs()
  const manifest = archive({ store: 'fake', answered: true })
  await refuseLostBlobs(archive(undefined), undefined, { without: false, say })
  await refuseLostBlobs(manifest, bucket, { without: false, say })
  expect(said).toEqual(['Blobs         in the fake, which answers'])
  const refused = (given: typeof bucket | undefined, of = manifest) =>
    expect(refuseLostBlobs(of, given, { without: false, say })).rejects
  await refused(undefined).toThrow('No bucket is configured here.')
  await refused(bucket, archive({ store: 's3 bucket other', answered: true })).toThrow('Here the fake')
  bucket.failNext('put', lost())
  await refused(bucket).toThrow('does not answer')
  await refuseLostBlobs(manifest, undefined, { without: true, say })
  expect(said.at(-1)).toContain('WITHOUT blobs: No bucket is configured here.')
})
