'use strict'
/**
 * The first program of ours inside a sandbox. It inherits listening sockets that the host made, so nothing
 * inside can see, replace or connect to them: one for control, the others for published ports.
 * argv[2]: {"detached":bool,"egress":path|null,"control":fd,"slots":[fd],"log":fd|null,"logMaxBytes":n,
 *   "doors":[{"address","port","path"}]}
 * In a container nothing can be inherited: there "host" is a folder in which the host listens, and is called first.
 */
const net = require('node:net')
const { TYPE, encode, decoder } = require('./frames.cjs')
const { createExecs } = require('./exec.cjs')
const { createFiles } = require('./files.cjs')
const { callHost, openDoors, openEgress, openSlots } = require('./bridges.cjs')

const config = JSON.parse(process.argv[2])
/** A sandbox that nobody takes up ends by itself: its creator died before it could write it down. */
const CLAIM_MS = 30_000

process.on('uncaughtException', () => {})
process.on('SIGTERM', () => process.exit(0))
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.on('SIGUSR1', () => {})
process.on('SIGUSR2', () => {})

const peers = new Set()
const execs = createExecs(config)
const slots = openSlots(config.slots)
const files = createFiles()
let claimed = false

function onPeer(socket) {
  claimed = true
  const peer = {
    socket,
    corked: false,
    /** What is said in one turn of the loop leaves in one system call. */
    send(type, channel, payload) {
      if (socket.destroyed) return false
      if (!peer.corked) {
        peer.corked = true
        socket.cork()
        process.nextTick(() => {
          peer.corked = false
          socket.uncork()
        })
      }
      return socket.write(encode(type, channel, payload))
    },
  }
  peers.add(peer)
  socket.on('error', () => {})
  socket.on('close', () => {
    peers.delete(peer)
    if (!config.detached && peers.size === 0) process.exit(0)
    files.drop(peer)
    execs.drop(peer)
  })
  socket.on(
    'data',
    decoder(
      (type, channel, payload) => handle(peer, type, channel, payload),
      () => socket.destroy(),
    ),
  )
  peer.send(TYPE.hello, 0, { version: 2, node: process.version })
}

function handle(peer, type, channel, payload) {
  try {
    if (type === TYPE.exec) return execs.start(peer, channel, JSON.parse(payload))
    if (type === TYPE.kill) return execs.kill(peer, channel, JSON.parse(payload))
    if (type === TYPE.ack) return execs.ack(peer, channel, payload.readUInt32BE(0))
    if (type === TYPE.list) return peer.send(TYPE.done, channel, { ok: true, services: execs.services() })
    if (type === TYPE.adopt) return execs.adopt(peer, channel, JSON.parse(payload))
    if (type === TYPE.data) return files.data(peer, channel, payload) || execs.stdin(peer, channel, payload)
    if (type === TYPE.dataEnd) return files.end(peer, channel) || execs.stdinEnd(peer, channel)
    if (type === TYPE.write) return files.write(peer, channel, JSON.parse(payload))
    if (type === TYPE.read) return files.read(peer, channel, JSON.parse(payload))
    if (type === TYPE.bridge) {
      const { slot, port, token } = JSON.parse(payload)
      if (token !== undefined) callHost(`${config.host}/calls.sock`, token, port)
      else slots.assign(slot, port)
      return peer.send(TYPE.done, channel, { ok: true })
    }
    peer.socket.destroy()
  } catch (error) {
    peer.send(TYPE.done, channel, { ok: false, code: error.code || 'failed', message: String(error.message) })
  }
}

setTimeout(() => claimed || process.exit(1), CLAIM_MS).unref()
if (config.egress) openEgress(config.egress)
openDoors(config.doors ?? [])
if (config.host === undefined) net.createServer(onPeer).listen({ fd: config.control })
else {
  shut()
  const call = net.connect(`${config.host}/control.sock`)
  call.once('error', () => process.exit(1))
  onPeer(call)
}

/** Root of a container may read the loader, so its trick does not hold; a change of ids does, see ptrace(2). */
function shut() {
  if (process.getuid() !== 0) return
  const group = process.getegid()
  process.setegid(group + 1)
  process.setegid(group)
}
