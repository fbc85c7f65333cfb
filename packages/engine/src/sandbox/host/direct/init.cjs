'use strict'
/**
 * Starts and ends the commands of jobs that run on this machine without a sandbox around them. A process of its own,
 * because a fork takes as long as its maker is large: 3 ms here, 60 ms from a process that holds 150 MB.
 * argv[2]: {"run": marker of everything that it starts, "keyPrefix": text, "folder": removed at the end,
 * "log": null, "logMaxBytes": 0}
 */
const fs = require('node:fs')
const net = require('node:net')
const { TYPE, encode, decoder } = require('../../linux/init/frames.cjs')
const { createExecs } = require('../../linux/init/exec.cjs')
const { isMarked, killTree } = require('../../linux/init/tree.cjs')

const config = JSON.parse(process.argv[2])
/** Processes from before us: none of them is ours, so a look for ours need not read their environment. */
const before = new Set(pids())

process.on('uncaughtException', () => {})
// Ctrl-C reaches us too where we share a terminal; whoever holds the other end decides what ends.
for (const name of ['SIGINT', 'SIGHUP', 'SIGTERM']) process.on(name, () => {})

const execs = createExecs(config)
const socket = new net.Socket({ fd: 3 })
let corked = false
const peer = {
  socket,
  /** What is said in one turn of the loop leaves in one system call. */
  send(type, channel, payload) {
    if (socket.destroyed) return false
    if (!corked) {
      corked = true
      socket.cork()
      process.nextTick(() => {
        corked = false
        socket.uncork()
      })
    }
    return socket.write(encode(type, channel, payload))
  },
}

function pids() {
  return fs
    .readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1)
}

/** Kills what carries a marker until nothing is found; with `all` it looks at processes from before us, too. */
async function sweep(marker, all) {
  for (let round = 0; round < 200; round++) {
    const left = pids().filter(
      (pid) => pid !== process.pid && (all || !before.has(pid)) && isMarked(pid, marker),
    )
    if (left.length === 0) return
    for (const pid of left) await killTree(pid, marker)
  }
}

function handle(type, channel, payload) {
  try {
    if (type === TYPE.exec) return execs.start(peer, channel, JSON.parse(payload))
    if (type === TYPE.kill) return execs.kill(peer, channel, JSON.parse(payload))
    if (type === TYPE.ack) return execs.ack(peer, channel, payload.readUInt32BE(0))
    if (type === TYPE.data) return execs.stdin(peer, channel, payload)
    if (type === TYPE.dataEnd) return execs.stdinEnd(peer, channel)
    if (type === TYPE.sweep) {
      sweep(JSON.parse(payload).marker, false).then(() => peer.send(TYPE.done, channel, { ok: true }))
      return
    }
    socket.destroy()
  } catch (error) {
    peer.send(TYPE.done, channel, { ok: false, code: error.code || 'failed', message: String(error.message) })
  }
}

socket.on('error', () => {})
socket.on(
  'data',
  decoder(handle, () => socket.destroy()),
)
// However the other side ended, nothing that it started stays.
socket.on('close', () =>
  sweep(config.run, true).finally(() => {
    fs.rmSync(config.folder, { recursive: true, force: true, maxRetries: 3 })
    process.exit(0)
  }),
)
peer.send(TYPE.hello, 0, { version: 2, node: process.version })
