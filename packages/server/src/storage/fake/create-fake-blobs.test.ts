import { Readable } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import { describeBlobs } from '@signalbox/testing/storage-contract.ts'
import { expect, test } from 'vitest'
import { createFakeBlobs } from './create-fake-blobs.ts'

describeBlobs('fake', async () => createFakeBlobs())

test('fails once when it is told to', async () => {
  const blobs = createFakeBlobs()
  blobs.failNext('put', new Failure('storage-full', 'There is no space left.'))
  await expect(blobs.put('a', Readable.from(['a']))).rejects.toMatchObject({ code: 'storage-full' })
  expect(blobs.keys()).toEqual([])
  await blobs.put('a', Readable.from(['a']))
  expect(blobs.keys()).toEqual(['a'])
})
