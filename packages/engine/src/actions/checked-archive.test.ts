import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { checkedArchive } from './checked-archive.ts'

interface Entry {
  name: string
  type?: string
  target?: string
  content?: string | Buffer
  size?: string
  sum?: number
}

function header({ name, type = '0', target = '', content = '', size, sum }: Entry): Buffer {
  const bytes = Buffer.alloc(512)
  bytes.write(name, 0, 100, 'latin1')
  bytes.write('0000644\0', 100, 'latin1')
  bytes.write(size ?? `${content.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1')
  bytes.write(type, 156, 'latin1')
  bytes.write(target, 157, 100, 'latin1')
  bytes.write('ustar  \0', 257, 'latin1')
  bytes.fill(0x20, 148, 156)
  const added = sum ?? bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${added.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}

function entry(one: Entry): Buffer {
  const content = Buffer.from(one.content ?? '')
  return Buffer.concat([header(one), content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

const end = Buffer.alloc(1024)
const limits = { entries: 10, bytes: 10_000 }

/** What comes through, given in pieces of so many bytes. */
async function through(bytes: Buffer, piece = 100): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, at) =>
    bytes.subarray(at * piece, (at + 1) * piece),
  )
  return await buffer(checkedArchive(Readable.from(pieces), limits))
}

async function refusal(...parts: (Entry | Buffer)[]): Promise<string> {
  const tar = Buffer.concat([...parts.map((part) => (Buffer.isBuffer(part) ? part : entry(part))), end])
  const error: unknown = await through(gzipSync(tar)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Error)) throw new Error('it was not refused')
  expect(error).toMatchObject({ code: 'artifact-refused' })
  return error.message
}

const long = `${'folder/'.repeat(30)}file`
const longName = (name: string) => entry({ name: '././@LongLink', type: 'L', content: `${name}\0` })

describe('an archive that a sandbox made', () => {
  it('comes through as it is when it holds files, folders and links that stay inside', async () => {
    const tar = Buffer.concat([
      entry({ name: 'a.txt', content: 'x'.repeat(1500) }),
      entry({ name: 'deep/', type: '5' }),
      entry({ name: 'deep/link', type: '2', target: '../a.txt' }),
      longName(long),
      entry({ name: long.slice(0, 100), content: 'y' }),
      end,
    ])
    const packed = gzipSync(tar)
    for (const piece of [1, 7, 512, 100_000]) expect(await through(packed, piece)).toEqual(packed)
  })

  it('comes through as the tar of this machine writes it, and not with what we do not ask it for', async () => {
    const folder = mkdtempSync('/tmp/checked-archive-')
    try {
      mkdirSync(join(folder, 'ordner/ä ö'.repeat(20)), { recursive: true })
      const deep = `${'ordner/ä ö'.repeat(20)}/${'langer name '.repeat(15)}.txt`
      writeFileSync(join(folder, deep), randomBytes(3000))
      writeFileSync(join(folder, 'empty'), '')
      symlinkSync(deep, join(folder, 'link'))
      symlinkSync('/etc/passwd', join(folder, 'away'))
      linkSync(join(folder, 'empty'), join(folder, 'hard'))
      const packed = (...args: string[]) =>
        gzipSync(execFileSync('tar', ['-C', folder, '--no-recursion', ...args], { maxBuffer: 1e7 }))
      const asked = ['--format=gnu', '--hard-dereference', '-cf', '-']
      const whole = packed(...asked, deep, 'empty', 'hard', 'link')
      expect(await through(whole)).toEqual(whole)
      await expect(through(packed(...asked, 'away'))).rejects.toThrow('leads out of it')
      await expect(through(packed('--format=pax', '-cf', '-', deep))).rejects.toThrow('do not ask for')
      await expect(through(packed('--format=gnu', '-cf', '-', 'empty', 'hard'))).rejects.toThrow('hard link')
      await expect(through(packed(...asked, '-P', join(folder, 'empty')))).rejects.toThrow('absolute name')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('is refused with names and links that lead out of it', async () => {
    expect(await refusal({ name: '/etc/passwd' })).toContain('absolute name "/etc/passwd"')
    expect(await refusal({ name: 'a/../../b' })).toContain('leads out of it')
    expect(await refusal(longName(`${long}/../..`), { name: 'x' })).toContain('leads out of it')
    expect(await refusal({ name: 'l', type: '2', target: '/etc' })).toContain('the link "l" leads out')
    expect(await refusal({ name: 'd/l', type: '2', target: '../../x' })).toContain('leads out')
    expect(await refusal({ name: 'l', type: '2', target: 'a/../../x' })).toContain('leads out')
    expect(await refusal({ name: '' })).toContain('empty')
  })

  it('is refused with devices, pipes, hard links, holes and headers that nobody asked for', async () => {
    for (const type of ['3', '4']) expect(await refusal({ name: 'd', type })).toContain('a device')
    expect(await refusal({ name: 'p', type: '6' })).toContain('a pipe')
    expect(await refusal({ name: 'h', type: '1', target: 'a' })).toContain('a hard link')
    expect(await refusal({ name: 's', type: 'S' })).toContain('holes')
    for (const type of ['x', 'g']) expect(await refusal({ name: 'p', type, content: '' })).toContain('header')
    expect(await refusal({ name: 'u', type: 'Z' })).toContain('unknown kind')
  })

  it('is refused when it unpacks to more than it may, or holds more entries', async () => {
    expect(await refusal({ name: 'big', content: Buffer.alloc(10_001) })).toContain('unpacks to more')
    expect(await refusal({ name: 'big', size: '77777777777\0' })).toContain('unpacks to more')
    const many = Array.from({ length: 11 }, (_, at) => ({ name: `f${at}` }))
    expect(await refusal(...many)).toContain('more than 10 entries')
  })

  it('is refused when other programs could read something else out of it', async () => {
    expect(await refusal({ name: 'a' }, end, { name: 'hidden' })).toContain('behind its end')
    expect(await refusal({ name: 'a', sum: 1 })).toContain('damaged')
    expect(await refusal(Buffer.alloc(512, 'x'))).toContain('no tar archive')
    expect(await refusal({ name: 'a', size: '-1' })).toContain('no number')
    expect(await refusal({ name: 'a', size: `\x80${'\0'.repeat(11)}` })).toContain('no number')
    expect(await refusal({ name: 'l', type: '2', target: 'a', content: 'x' })).toContain('has content')
  })

  it('is refused when it is cut off, or no archive at all', async () => {
    const whole = gzipSync(Buffer.concat([entry({ name: 'a', content: 'x'.repeat(600) }), end]))
    await expect(through(whole.subarray(0, -10))).rejects.toMatchObject({ code: 'artifact-refused' })
    await expect(through(gzipSync(header({ name: 'a', content: 'xx' })))).rejects.toThrow('cut off')
    await expect(through(gzipSync(Buffer.alloc(0)))).rejects.toThrow('cut off')
    await expect(through(Buffer.from('no archive'))).rejects.toThrow('no gzip archive')
  })

  it('says what went wrong before it when what makes it fails', async () => {
    const broken = new Readable({ read: () => {} })
    const read = buffer(checkedArchive(broken, limits))
    broken.destroy(new Error('tar ended with 2'))
    await expect(read).rejects.toThrow('tar ended with 2')
  })
})
