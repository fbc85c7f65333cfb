'use strict'
const net = require('node:net')

/** Joins two sockets, half-closes included; an error on one ends both. */
function join(a, b) {
  a.on('error', () => b.destroy())
  b.on('error', () => a.destroy())
  a.on('close', () => b.destroySoon())
  b.on('close', () => a.destroySoon())
  a.pipe(b)
  b.pipe(a)
}

/** 127.0.0.1:3128 inside leads to the egress proxy's unix socket, the only way out there is. */
function openEgress(path) {
  const server = net.createServer({ allowHalfOpen: true }, (client) =>
    join(client, net.connect({ path, allowHalfOpen: true })),
  )
  server.on('error', () => {})
  server.listen(3128, '127.0.0.1')
}

/** Each address inside leads to a socket that the host listens on: a service of the job. */
function openDoors(doors) {
  for (const { address, port, path } of doors) {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
      join(client, net.connect({ path, allowHalfOpen: true })),
    )
    server.on('error', () => {})
    server.listen(port, address)
  }
}

/** Where nothing can be inherited: the host is called, told which call this is, and joined with a port inside. */
function callHost(path, token, port) {
  const outer = net.connect({ path, allowHalfOpen: true })
  const inner = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  inner.setNoDelay(true)
  outer.write(token)
  join(outer, inner)
}

/** Inherited listening sockets; each leads nowhere until a port is assigned to it. */
function openSlots(fds) {
  const ports = fds.map(() => 0)
  fds.forEach((fd, slot) => {
    const server = net.createServer({ allowHalfOpen: true }, (client) => {
      if (ports[slot] === 0) return client.destroy()
      const inner = net.connect({ port: ports[slot], host: '127.0.0.1', allowHalfOpen: true })
      inner.setNoDelay(true)
      join(client, inner)
    })
    server.on('error', () => {})
    server.listen({ fd })
  })
  return {
    assign(slot, port) {
      if (slot < 0 || slot >= ports.length) throw new Error('no such slot')
      ports[slot] = port
    },
  }
}

module.exports = { callHost, openDoors, openEgress, openSlots }
