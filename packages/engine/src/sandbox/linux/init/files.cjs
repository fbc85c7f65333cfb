'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { TYPE } = require('./frames.cjs')

const CHUNK_BYTES = 256 * 1024
/** More than most step files have, so that one read takes all. */
const SMALL_BYTES = 4096

function refuse(code, message) {
  return Object.assign(new Error(message), { code })
}

/** Refuses a path one of whose folders is a link. The host could not be harmed by it, but its caller could be fooled. */
function assertPlainFolder(folder) {
  if (fs.realpathSync.native(folder) !== folder)
    throw refuse('sandbox-path-refused', `${folder} leads through a link`)
}

/** The descriptor of a regular file and its size; opening never waits (O_NONBLOCK). */
function openRegular(file, flags, mode) {
  const { O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const descriptor = fs.openSync(file, flags | O_NOFOLLOW | O_NONBLOCK, mode)
  try {
    const stat = fs.fstatSync(descriptor)
    if (!stat.isFile()) throw refuse('sandbox-path-refused', `${file} is not a regular file`)
    return { descriptor, sizeBytes: stat.size }
  } catch (error) {
    fs.closeSync(descriptor)
    throw error
  }
}

function openForWriting(spec) {
  const folder = path.dirname(spec.path)
  fs.mkdirSync(folder, { recursive: true })
  assertPlainFolder(folder)
  const { O_WRONLY, O_CREAT, O_TRUNC } = fs.constants
  const { descriptor } = openRegular(spec.path, O_WRONLY | O_CREAT | O_TRUNC, spec.mode)
  fs.fchmodSync(descriptor, spec.mode)
  return descriptor
}

/** Hands a file's bytes to `onChunk`; throws when there are more than maxBytes. */
function readWhole({ path: file, maxBytes }, onChunk) {
  assertPlainFolder(path.dirname(file))
  const { descriptor, sizeBytes } = openRegular(file, fs.constants.O_RDONLY)
  try {
    if (sizeBytes > maxBytes)
      throw refuse('sandbox-file-too-large', `${file} has ${sizeBytes} bytes; at most ${maxBytes} are read`)
    const buffer = () => Buffer.allocUnsafe(sizeBytes < SMALL_BYTES ? SMALL_BYTES : CHUNK_BYTES)
    for (let total = 0; ; ) {
      const chunk = buffer()
      const bytesRead = fs.readSync(descriptor, chunk, 0, chunk.length, null)
      if (bytesRead === 0) return
      total += bytesRead
      if (total > maxBytes)
        throw refuse('sandbox-file-too-large', `${file} grew beyond ${maxBytes} bytes while it was read`)
      onChunk(chunk.subarray(0, bytesRead))
    }
  } finally {
    fs.closeSync(descriptor)
  }
}

/**
 * Files are written and read without the thread pool: they are small and stand between two steps, and seven
 * hops to a thread and back took 1 ms where the system calls take a tenth of it.
 */
function createFiles() {
  const writes = new Map()
  const keyOf = (peer, channel) => `${idOf(peer)}:${channel}`

  function fail(peer, channel, error) {
    const link = error.code === 'ELOOP'
    peer.send(TYPE.done, channel, {
      ok: false,
      code: link ? 'sandbox-path-refused' : error.code || 'failed',
      message: link ? 'the path is a link' : String(error.message),
    })
  }

  /** Does a part of a write; after the first error, which is told at its end, nothing more is done. */
  function attempt(entry, work) {
    if (entry.error) return
    try {
      work()
    } catch (error) {
      entry.error = error
    }
  }

  function close(entry) {
    const { descriptor } = entry
    entry.descriptor = undefined
    if (descriptor !== undefined) fs.closeSync(descriptor)
  }

  return {
    write(peer, channel, spec) {
      const entry = { descriptor: undefined, error: undefined }
      writes.set(keyOf(peer, channel), entry)
      attempt(entry, () => {
        entry.descriptor = openForWriting(spec)
      })
    },
    data(peer, channel, chunk) {
      const entry = writes.get(keyOf(peer, channel))
      if (!entry) return false
      attempt(entry, () => {
        for (let at = 0; at < chunk.length; ) at += fs.writeSync(entry.descriptor, chunk, at)
      })
      return true
    },
    end(peer, channel) {
      const key = keyOf(peer, channel)
      const entry = writes.get(key)
      if (!entry) return false
      writes.delete(key)
      try {
        close(entry)
      } catch (error) {
        entry.error ??= error
      }
      if (entry.error) fail(peer, channel, entry.error)
      else peer.send(TYPE.done, channel, { ok: true })
      return true
    },
    read(peer, channel, spec) {
      try {
        readWhole(spec, (chunk) => peer.send(TYPE.stdout, channel, chunk))
        peer.send(TYPE.done, channel, { ok: true })
      } catch (error) {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
          peer.send(TYPE.done, channel, { ok: true, absent: true })
        else fail(peer, channel, error)
      }
    },
    drop(peer) {
      for (const [key, entry] of writes) {
        if (!key.startsWith(`${idOf(peer)}:`)) continue
        writes.delete(key)
        try {
          close(entry)
        } catch {}
      }
    },
  }
}

const ids = new WeakMap()
let nextId = 1
function idOf(peer) {
  if (!ids.has(peer)) ids.set(peer, nextId++)
  return ids.get(peer)
}

module.exports = { createFiles }
