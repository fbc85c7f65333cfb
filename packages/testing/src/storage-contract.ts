import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Blobs } from '@signalbox/server/storage/port.ts'
import { describe, expect, it } from 'vitest'

const megabyte = 1024 * 1024

/**
 * The one suite that every store of blobs passes; `create` gives a fresh, empty one each time. `unordered`: the
 * server under the adapter walks folders, where Amazon's sorts keys.
 */
export function describeBlobs(
  name: string,
  create: () => Promise<Blobs>,
  options: { unordered?: boolean } = {},
): void {
  describe(`storage contract: ${name}`, () => {
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    const textOf = async (blobs: Blobs, key: string, range?: { start: number; end?: number }) => {
      const found = await blobs.get(key, range)
      return found && (await buffer(found.data)).toString()
    }
    const keysOf = async (blobs: Blobs, prefix: string) => {
      const keys: string[] = []
      for await (const entry of blobs.list(prefix)) keys.push(entry.key)
      return options.unordered ? keys.sort((a, b) => (a < b ? -1 : 1)) : keys
    }
    const put = (blobs: Blobs, key: string, text: string) =>
      blobs.put(key, Readable.from([Buffer.from(text)]))

    it('keeps bytes, their size and their digest, the empty blob too', async () => {
      const blobs = await create()
      const bytes = randomBytes(3 * megabyte + 17)
      const info = await blobs.put('artifacts/one/a.tar', Readable.from(pieces(bytes, 65_536)))
      expect(info).toEqual({ key: 'artifacts/one/a.tar', sizeBytes: bytes.length, sha256: sha256(bytes) })
      expect(await blobs.stat('artifacts/one/a.tar')).toEqual(info)
      const read = await blobs.get('artifacts/one/a.tar')
      expect(read?.info).toEqual(info)
      expect(sha256(await buffer(read?.data ?? Readable.from([])))).toBe(info.sha256)
      const empty = await blobs.put('empty', Readable.from([]))
      expect(empty).toEqual({ key: 'empty', sizeBytes: 0, sha256: sha256(Buffer.alloc(0)) })
      expect(await textOf(blobs, 'empty')).toBe('')
    })

    it('reads ranges as HTTP does, and leaves out what lies beyond the end', async () => {
      const blobs = await create()
      await put(blobs, 'digits', '0123456789')
      expect(await textOf(blobs, 'digits', { start: 2, end: 4 })).toBe('234')
      expect(await textOf(blobs, 'digits', { start: 0, end: 0 })).toBe('0')
      expect(await textOf(blobs, 'digits', { start: 7 })).toBe('789')
      expect(await textOf(blobs, 'digits', { start: 7, end: 1000 })).toBe('789')
      expect(await textOf(blobs, 'digits', { start: 10 })).toBe('')
      expect(await textOf(blobs, 'digits', { start: 1000, end: 2000 })).toBe('')
    })

    it('knows what is not there, and deletes twice without complaint', async () => {
      const blobs = await create()
      expect(await blobs.get('nothing')).toBeUndefined()
      expect(await blobs.stat('nothing/below')).toBeUndefined()
      await blobs.delete('nothing')
      await put(blobs, 'logs/a', 'a')
      await blobs.delete('logs/a')
      await blobs.delete('logs/a')
      expect(await blobs.stat('logs/a')).toBeUndefined()
      await put(blobs, 'logs/a', 'again')
      expect(await textOf(blobs, 'logs/a')).toBe('again')
    })

    it('replaces a blob, and leaves the earlier one where the next fails', async () => {
      const blobs = await create()
      await put(blobs, 'logs/a', 'first')
      await put(blobs, 'logs/a', 'second')
      expect(await textOf(blobs, 'logs/a')).toBe('second')
      await expect(blobs.put('logs/a', breaking(200_000))).rejects.toThrow('the sender went away')
      expect(await textOf(blobs, 'logs/a')).toBe('second')
    })

    it('leaves nothing of a put that fails, small or large', async () => {
      const blobs = await create()
      await expect(blobs.put('a/small', breaking(10))).rejects.toThrow('the sender went away')
      await expect(blobs.put('a/large', breaking(20 * megabyte))).rejects.toThrow('the sender went away')
      expect(await keysOf(blobs, '')).toEqual([])
    })

    it('refuses a blob that is larger than allowed, and stores one of exactly that size', async () => {
      const blobs = await create()
      const data = () => Readable.from(pieces(randomBytes(5000), 1000))
      await expect(blobs.put('a', data(), { maxBytes: 4999 })).rejects.toMatchObject({
        code: 'blob-too-large',
      })
      expect(await blobs.stat('a')).toBeUndefined()
      expect(await blobs.put('a', data(), { maxBytes: 5000 })).toMatchObject({ sizeBytes: 5000 })
    })

    it('lists by prefix in the order of keys, a key and keys below it side by side', async () => {
      const blobs = await create()
      for (const key of ['b', 'a/b', 'a', 'a-c', 'a/a/a', 'ab', 'a.d/e']) await put(blobs, key, key)
      expect(await keysOf(blobs, '')).toEqual(['a', 'a-c', 'a.d/e', 'a/a/a', 'a/b', 'ab', 'b'])
      expect(await keysOf(blobs, 'a/')).toEqual(['a/a/a', 'a/b'])
      expect(await keysOf(blobs, 'a/a')).toEqual(['a/a/a'])
      expect(await keysOf(blobs, 'a.d')).toEqual(['a.d/e'])
      expect(await keysOf(blobs, 'none/')).toEqual([])
      for await (const entry of blobs.list('a.d/e')) {
        expect(entry).toMatchObject({ key: 'a.d/e', sizeBytes: 5 })
        expect(Math.abs(Date.now() - entry.storedAt.getTime())).toBeLessThan(120_000)
      }
    })

    it('takes only paths of lower-case words as keys', async () => {
      const blobs = await create()
      for (const key of [
        '',
        '/a',
        'a/',
        'a//b',
        '../a',
        'a/../b',
        '.a',
        'A',
        'a~',
        'a b',
        'a\0',
        'x'.repeat(300),
      ]) {
        await expect(put(blobs, key, 'x')).rejects.toMatchObject({ code: 'invalid-key' })
        await expect(blobs.get(key)).rejects.toMatchObject({ code: 'invalid-key' })
      }
    })

    it('serves whole blobs while one key is written, read and deleted by many at once', async () => {
      const blobs = await create()
      const texts = Array.from({ length: 8 }, (_, at) => `${at}`.repeat(70_000))
      const seen: (string | undefined)[] = []
      const work = texts.map(async (text, at) => {
        await put(blobs, 'deep/er/key', text)
        seen.push(await textOf(blobs, 'deep/er/key'))
        if (at % 3 === 0) await blobs.delete('deep/er/key')
      })
      await Promise.all(work)
      for (const text of seen) expect(text === undefined || texts.includes(text)).toBe(true)
      await put(blobs, 'deep/er/key', 'end')
      expect(await textOf(blobs, 'deep/er/key')).toBe('end')
    })
  })
}

function* pieces(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

function breaking(afterBytes: number): Readable {
  function* body(): Generator<Buffer> {
    for (let at = 0; at < afterBytes; at += 65_536) yield Buffer.alloc(Math.min(65_536, afterBytes - at), 1)
    throw new Error('the sender went away')
  }
  return Readable.from(body())
}
