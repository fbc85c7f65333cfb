'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { TYPE } = require('./frames.cjs')

const CHUNK_BYTES = 256 * 1024

function refuse(code, message) {
  return Object.assign(new Error(message), { code })
}

/** Refuses a path one of whose folders is a link. The host could not be harmed by it, but its caller could be fooled. */
async function assertPlainFolder(folder) {
  if ((await fs.promises.realpath(folder)) !== folder)
    throw refuse('sandbox-path-refused', `${folder} leads through a link`)
}

function createFiles() {
  const writes = new Map()
  const keyOf = (peer, channel) => `${idOf(peer)}:${channel}`

  async function open(spec) {
    const folder = path.dirname(spec.path)
    await fs.promises.mkdir(folder, { recursive: true })
    await assertPlainFolder(folder)
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = fs.constants
    const file = await fs.promises.open(
      spec.path,
      O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK,
      spec.mode,
    )
    if (!(await file.stat()).isFile()) {
      await file.close()
      throw refuse('sandbox-path-refused', `${spec.path} is not a regular file`)
    }
    await file.chmod(spec.mode)
    return file
  }

  function fail(peer, channel, error) {
    const link = error.code === 'ELOOP'
    peer.send(TYPE.done, channel, {
      ok: false,
      code: link ? 'sandbox-path-refused' : error.code || 'failed',
      message: link ? 'the path is a link' : String(error.message),
    })
  }

  return {
    write(peer, channel, spec) {
      const key = keyOf(peer, channel)
      writes.set(key, { chain: open(spec), file: undefined })
    },
    data(peer, channel, chunk) {
      const entry = writes.get(keyOf(peer, channel))
      if (!entry) return false
      const copy = Buffer.from(chunk)
      entry.chain = entry.chain.then(async (file) => {
        await file.write(copy)
        return file
      })
      entry.chain.catch(() => {})
      return true
    },
    end(peer, channel) {
      const key = keyOf(peer, channel)
      const entry = writes.get(key)
      if (!entry) return false
      writes.delete(key)
      entry.chain.then(
        async (file) => {
          await file.close()
          peer.send(TYPE.done, channel, { ok: true })
        },
        (error) => fail(peer, channel, error),
      )
      return true
    },
    async read(peer, channel, spec) {
      let file
      try {
        await assertPlainFolder(path.dirname(spec.path))
        const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
        file = await fs.promises.open(spec.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        const stat = await file.stat()
        if (!stat.isFile()) throw refuse('sandbox-path-refused', `${spec.path} is not a regular file`)
        if (stat.size > spec.maxBytes)
          throw refuse(
            'sandbox-file-too-large',
            `${spec.path} has ${stat.size} bytes; at most ${spec.maxBytes} are read`,
          )
        let total = 0
        for (;;) {
          const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES)
          if (bytesRead === 0) break
          total += bytesRead
          if (total > spec.maxBytes)
            throw refuse(
              'sandbox-file-too-large',
              `${spec.path} grew beyond ${spec.maxBytes} bytes while it was read`,
            )
          peer.send(TYPE.stdout, channel, buffer.subarray(0, bytesRead))
        }
        peer.send(TYPE.done, channel, { ok: true })
      } catch (error) {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
          peer.send(TYPE.done, channel, { ok: true, absent: true })
        else fail(peer, channel, error)
      } finally {
        if (file) await file.close()
      }
    },
    drop(peer) {
      for (const key of writes.keys()) if (key.startsWith(`${idOf(peer)}:`)) writes.delete(key)
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
