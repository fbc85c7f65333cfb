import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { s3ServerOrNotRun } from '@signalbox/testing/installed-s3-server.ts'
import { type S3Server, startS3Server } from '@signalbox/testing/s3-server.ts'
import { describeBlobs } from '@signalbox/testing/storage-contract.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkBlobs } from '../check-blobs.ts'
import type { Blobs } from '../port.ts'
import { createS3Blobs, type S3Options } from './create-s3-blobs.ts'

const installed = await s3ServerOrNotRun('storage of blobs in S3')

let server: S3Server
let count = 0
beforeEach(({ skip }) => {
  if (!installed) skip()
})
beforeAll(async () => {
  if (installed) server = await startS3Server()
}, 180_000)
afterAll(() => server?.close())

function store(change: Partial<S3Options> = {}): Blobs {
  count += 1
  return createS3Blobs({ ...server.options, prefix: `t${count}/`, maxAttempts: 2, ...change })
}

describeBlobs('s3', async () => store(), { unordered: true })

test('takes a large blob in parts, in little memory, and reads ranges of it', async () => {
  const blobs = store()
  const piece = randomBytes(1024 * 1024)
  const total = 100
  const before = process.memoryUsage().rss
  let most = 0
  function* body() {
    for (let n = 0; n < total; n++) {
      most = Math.max(most, process.memoryUsage().rss - before)
      yield piece
    }
  }
  const info = await blobs.put('large', Readable.from(body()))
  expect(info.sizeBytes).toBe(total * piece.length)
  expect(most).toBeLessThan(90 * 1024 * 1024)
  expect(await blobs.stat('large')).toEqual(info)
  const start = 50 * piece.length - 10
  const read = await blobs.get('large', { start, end: start + 19 })
  const expected = Buffer.concat([piece.subarray(-10), piece.subarray(0, 10)])
  expect((await buffer(read?.data ?? Readable.from([]))).equals(expected)).toBe(true)
})

test('lists more than one page of keys, in order', async () => {
  const blobs = store()
  const keys = Array.from({ length: 1050 }, (_, n) => `many/${String(n).padStart(5, '0')}`)
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((key) => blobs.put(key, Readable.from([Buffer.from(key)]))))
  }
  const seen: string[] = []
  for await (const { key, sizeBytes } of blobs.list('many/')) {
    seen.push(key)
    expect(sizeBytes).toBe(10)
  }
  expect(seen).toEqual(keys)
}, 60_000)

test('says what is wrong with key, bucket and address, and never says the key', async () => {
  await checkBlobs(store())
  const wrong: [Partial<S3Options>, string][] = [
    [{ credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'wrong-secret' } }, 'storage-refused'],
    [{ credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'wrong-secret' } }, 'storage-refused'],
    [{ bucket: 'no-such-bucket' }, 'storage-refused'],
    [{ endpoint: 'http://127.0.0.1:1' }, 'storage-lost'],
  ]
  for (const [change, code] of wrong) {
    const failure: unknown = await checkBlobs(store(change)).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code, hint: expect.any(String) })
    expect(String(failure)).not.toContain('wrong-secret')
  }
})

test('is lost while the server is dead, and goes on with what was stored when it is back', async () => {
  const blobs = store()
  await blobs.put('kept', Readable.from([Buffer.from('kept')]))
  async function* slow() {
    for (let n = 0; n < 40; n++) {
      if (n === 20) await server.kill()
      yield Buffer.alloc(1024 * 1024)
    }
  }
  await expect(blobs.put('lost', Readable.from(slow()))).rejects.toMatchObject({
    code: 'storage-lost',
    retryable: true,
  })
  await expect(blobs.get('kept')).rejects.toMatchObject({ code: 'storage-lost' })
  await server.start()
  expect((await buffer((await blobs.get('kept'))?.data ?? Readable.from([]))).toString()).toBe('kept')
  expect(await blobs.get('lost')).toBeUndefined()
})
