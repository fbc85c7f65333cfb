import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { describeBlobs } from '@signalbox/testing/storage-contract.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Blobs } from '../port.ts'
import { createFolderBlobs } from './create-folder-blobs.ts'

let base: string
let count = 0
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'folder-blobs-'))
})
afterAll(async () => {
  await rm(base, { recursive: true, force: true })
})

async function store(): Promise<{ blobs: Blobs; folder: string }> {
  count += 1
  const folder = join(base, `${count}`)
  return { blobs: await createFolderBlobs({ folder }), folder }
}

describeBlobs('folder', async () => (await store()).blobs)

test('leaves no file of a put that failed, and takes away what a dead process left a day ago', async () => {
  const { blobs, folder } = await store()
  const large = Readable.from([Buffer.alloc(1000)])
  await expect(blobs.put('a', large, { maxBytes: 10 })).rejects.toMatchObject({ code: 'blob-too-large' })
  expect(await readdir(join(folder, 'incoming'))).toEqual([])
  await writeFile(join(folder, 'incoming', 'old'), 'x')
  await writeFile(join(folder, 'incoming', 'young'), 'x')
  const dayAgo = Date.now() / 1000 - 25 * 3600
  await utimes(join(folder, 'incoming', 'old'), dayAgo, dayAgo)
  await createFolderBlobs({ folder })
  expect(await readdir(join(folder, 'incoming'))).toEqual(['young'])
})

test('says that a blob is damaged instead of serving a part of it, and follows no link', async () => {
  const { blobs, folder } = await store()
  await blobs.put('a', Readable.from([Buffer.alloc(1000, 7)]))
  await truncate(join(folder, 'stored', 'a~'), 500)
  await expect(blobs.get('a')).rejects.toMatchObject({ code: 'storage-damaged' })
  await symlink('/etc/passwd', join(folder, 'stored', 'b~'))
  await expect(blobs.get('b')).rejects.toMatchObject({ code: 'storage-damaged' })
})

test('deletes folders that became empty', async () => {
  const { blobs, folder } = await store()
  await blobs.put('logs/a/b/c', Readable.from(['x']))
  await blobs.put('logs/d', Readable.from(['x']))
  await blobs.delete('logs/a/b/c')
  expect(await readdir(join(folder, 'stored', 'logs'))).toEqual(['d~'])
})

test('says that there is no space, leaves nothing, and goes on when there is', async () => {
  const small = join(base, 'small')
  await mkdir(small)
  const mounted = await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', small]).then(
    () => true,
    () => false,
  )
  // Only root can make a disk that is full; elsewhere the file size limit of a child would not reach us.
  if (!mounted) return expect(process.getuid?.()).not.toBe(0)
  try {
    const blobs = await createFolderBlobs({ folder: join(small, 'blobs') })
    const data = () => Readable.from([Buffer.alloc(900_000), Buffer.alloc(900_000)])
    await expect(blobs.put('a', data())).rejects.toMatchObject({ code: 'storage-full' })
    expect(await readdir(join(small, 'blobs', 'incoming'))).toEqual([])
    await blobs.put('b', Readable.from([Buffer.alloc(700_000)]))
    const read = await blobs.get('b')
    expect((await buffer(read?.data ?? Readable.from([]))).length).toBe(700_000)
  } finally {
    await promisify(execFile)('umount', ['-l', small])
  }
})

test('says that the folder is lost when it is, and that trying again may help', async () => {
  const { blobs, folder } = await store()
  await rm(folder, { recursive: true })
  await expect(blobs.put('a', Readable.from(['a']))).rejects.toMatchObject({
    code: 'storage-lost',
    retryable: true,
  })
})
