import { Failure } from '@signalbox/core/base/failure.ts'

/** What an archive may hold. */
export interface TarLimits {
  entries: number
  /** Of all files as they would be unpacked. */
  bytes: number
}

const block = 512
const longestName = 4096

/** The types of entries that the archive of an artifact has as we ask tar for it; GNU's format, no pax headers. */
const types: Readonly<Record<string, 'file' | 'link' | 'folder' | 'long-name' | 'long-target'>> = {
  '0': 'file',
  '\0': 'file',
  '2': 'link',
  '5': 'folder',
  L: 'long-name',
  K: 'long-target',
}

const refusedTypes: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
  S: 'a file with holes',
  x: 'a header that we do not ask for',
  g: 'a header that we do not ask for',
}

/** Takes an unpacked archive in chunks of any size; throws a Failure `artifact-refused` for what none may hold. */
export interface TarCheck {
  add(chunk: Uint8Array): void
  /** No more comes: refuses an archive that is cut off. */
  end(): void
}

/**
 * Reads the headers of an archive that something hostile may have made, without keeping what its files hold. It
 * takes less than tar does, so that no other program reads more out of the archive than was checked here.
 */
export function createTarCheck(limits: TarLimits): TarCheck {
  let entries = 0
  let bytes = 0
  /** Bytes of the entry at hand that are still to come, with the filling of its last block. */
  let left = 0
  /** Gathers a block, or a long name. */
  let gathered: Buffer = Buffer.alloc(0)
  let wanted = block
  let long: { kind: 'long-name' | 'long-target'; size: number } | undefined
  let name: string | undefined
  let target: string | undefined
  let ended = false

  function readHeader(header: Buffer): void {
    if (header.every((byte) => byte === 0)) {
      ended = true
      return
    }
    if (ended) throw refused('something stands behind its end')
    checkSum(header)
    const letter = String.fromCharCode(header[156] ?? 0)
    const type = types[letter]
    if (!type) throw refused(`it holds ${refusedTypes[letter] ?? 'an entry of an unknown kind'}`)
    const size = numberOf(header.subarray(124, 136))
    if (type === 'long-name' || type === 'long-target') {
      if (size > longestName + 1) throw refused('a name in it is too long')
      long = { kind: type, size }
      wanted = Math.ceil(size / block) * block
      return
    }
    entries += 1
    if (entries > limits.entries) throw refused(`it holds more than ${limits.entries} entries`)
    const path = name ?? nameOf(header)
    checkPath(path)
    if (type === 'link') checkTarget(path, target ?? textOf(header.subarray(157, 257)))
    if (type !== 'file' && size !== 0) throw refused('a link or folder in it has content')
    name = undefined
    target = undefined
    bytes += size
    if (bytes > limits.bytes) {
      throw refused(`it unpacks to more than ${Math.floor(limits.bytes / 1024 ** 3)} GiB`)
    }
    left = Math.ceil(size / block) * block
  }

  function take(whole: Buffer): void {
    if (!long) {
      readHeader(whole)
      return
    }
    const text = textOf(whole.subarray(0, long.size))
    if (long.kind === 'long-name') name = text
    else target = text
    long = undefined
    wanted = block
  }

  return {
    add(chunk) {
      let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      while (rest.length > 0) {
        if (left > 0) {
          const passed = Math.min(left, rest.length)
          left -= passed
          rest = rest.subarray(passed)
          continue
        }
        const missing = wanted - gathered.length
        gathered = Buffer.concat([gathered, rest.subarray(0, missing)])
        rest = rest.subarray(missing)
        if (gathered.length < wanted) return
        const whole = gathered
        gathered = Buffer.alloc(0)
        take(whole)
      }
    },
    end() {
      if (!ended || left > 0 || gathered.length > 0 || long) throw refused('it is cut off')
    },
  }
}

function refused(why: string): Failure {
  return new Failure('artifact-refused', `the artifact is not kept: ${why}`, {
    hint: 'An artifact holds files, folders, and links that stay inside it.',
  })
}

/** Text up to its first NUL; bytes that are no UTF-8 are kept apart from each other. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.subarray(0, end < 0 ? bytes.length : end).toString('latin1')
}

function nameOf(header: Buffer): string {
  const name = textOf(header.subarray(0, 100))
  // In GNU's format ("ustar  ") other things stand where POSIX has the beginning of the name.
  const posix = header.subarray(257, 263).equals(Buffer.from('ustar\0'))
  const before = posix ? textOf(header.subarray(345, 500)) : ''
  return before === '' ? name : `${before}/${name}`
}

/** Octal digits, as tar writes what is smaller than 8 GiB. */
function numberOf(field: Buffer): number {
  const text = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart()
  if (!/^[0-7]{1,11}$/.test(text)) throw refused('a size in it is no number, or 8 GiB and more')
  return Number.parseInt(text, 8)
}

function checkSum(header: Buffer): void {
  if (header.toString('latin1', 257, 262) !== 'ustar') throw refused('it is no tar archive')
  let sum = 0
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte
  if (numberOf(header.subarray(148, 156)) !== sum) throw refused('one of its headers is damaged')
}

function checkPath(path: string): void {
  const parts = path.split('/')
  if (path === '' || path.length > longestName) throw refused('a name in it is empty or too long')
  if (path.startsWith('/')) throw refused(`it holds the absolute name ${shown(path)}`)
  if (parts.includes('..')) throw refused(`the name ${shown(path)} leads out of it`)
}

/** A link leads from the folder that it is in; it may never climb out of the archive's root, not even for a moment. */
function checkTarget(path: string, target: string): void {
  const said = `the link ${shown(path)} leads out of it, to ${shown(target)}`
  if (target === '' || target.startsWith('/') || target.length > longestName) throw refused(said)
  let depth = path.split('/').filter((part) => part !== '' && part !== '.').length - 1
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) throw refused(said)
  }
}

function shown(path: string): string {
  return JSON.stringify(Buffer.from(path, 'latin1').toString('utf8').slice(0, 80))
}
