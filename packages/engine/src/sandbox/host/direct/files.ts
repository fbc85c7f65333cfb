import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants

/** Writes a regular file, its folder made; a link is refused. Without the thread pool: they are small. */
export function writePlainFile(path: string, data: string | Uint8Array, mode = 0o644): void {
  const descriptor = refusing(path, () => openForWriting(path, mode))
  try {
    if (!fstatSync(descriptor).isFile()) throw refused(path)
    if (data.length > 0) writeFileSync(descriptor, data)
  } finally {
    closeSync(descriptor)
  }
}

function openForWriting(path: string, mode: number): number {
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK
  try {
    return openSync(path, flags, mode)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, flags, mode)
  }
}

/** Makes an empty file. */
export function touchFile(path: string): void {
  closeSync(openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW))
}

/** Reads a regular file of at most so many bytes; undefined when there is none. */
export function readPlainFile(path: string, maxBytes: number): Uint8Array | undefined {
  let descriptor: number
  // Most files that are asked for are empty: opening them would cost three times as much.
  const seen = lstatSync(path, { throwIfNoEntry: false })
  if (seen === undefined) return undefined
  if (seen.isFile() && seen.size === 0) return new Uint8Array()
  try {
    descriptor = refusing(path, () => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) throw refused(path)
    if (stat.size > maxBytes) {
      throw new Failure(
        'sandbox-file-too-large',
        `${path} has ${stat.size} bytes; at most ${maxBytes} are read`,
      )
    }
    const bytes = Buffer.allocUnsafe(stat.size)
    return bytes.subarray(0, stat.size === 0 ? 0 : readSync(descriptor, bytes, 0, stat.size, 0))
  } finally {
    closeSync(descriptor)
  }
}

function refusing<T>(path: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    throw codeOf(error) === 'ELOOP' ? refused(path) : error
  }
}

function refused(path: string): Failure {
  return new Failure('sandbox-path-refused', `${path} is not a regular file`)
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
