import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { joinSockets } from './meeting.ts'

/** A unix socket of this machine, each connection of which is led somewhere. */
export interface Door {
  path: string
  close(): Promise<void>
}

/** Listens at a path in a folder of ours; `lead` makes the other end of each connection. */
export async function openDoor(path: string, lead: () => Promise<Socket>): Promise<Door> {
  const clients = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client)
    client.once('close', () => clients.delete(client))
    client.on('error', () => {})
    lead().then(
      (inner) => joinSockets(client, inner),
      () => client.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  server.on('error', () => {})
  await chmod(path, 0o666)
  return {
    path,
    async close() {
      server.close()
      for (const client of clients) client.destroy()
      await rm(path, { force: true })
    },
  }
}
