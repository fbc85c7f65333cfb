import { stopIngress } from '@signalbox/engine/deploy/ingress/ensure.ts'
import type { Config } from '../config.ts'
import type { OpenedDatabase } from './database.ts'
import type { KeptProcess } from './keep-process.ts'
import { stopAllReleases } from './stop-releases.ts'

/** What runs at this moment; a start that broke off has only some of it. */
export interface Running {
  database?: OpenedDatabase
  ingress?: { adopted: boolean }
  processes: KeptProcess[]
}

type Say = (text: string) => void

/** Stops everything that runs on this machine for the data folder, releases included, and names each part. */
export async function shutDown(config: Config, running: Running, say: Say): Promise<void> {
  say('')
  for (const kept of running.processes.toReversed()) {
    say(`Stopping the ${kept.name}`)
    await kept.stop()
  }
  const { database, ingress } = running
  let failed = false
  async function part(what: string, stop: () => Promise<unknown>): Promise<void> {
    try {
      await stop()
    } catch (error) {
      failed = true
      say(`${what} could not be stopped: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (database) {
    await part('The releases', async () => {
      for (const release of await stopAllReleases(config, database.connectionString)) {
        say(`Stopped the release ${release}`)
      }
    })
  }
  if (ingress) {
    say('Stopping the ingress')
    await part('The ingress', () => stopIngress({ dataDir: config.dataDir }))
  }
  if (database?.kind === 'embedded') {
    say('Stopping PostgreSQL')
    await part('PostgreSQL', database.stop)
  }
  if (failed)
    say('The rest is stopped, and everything is kept; the next "npm start" takes over what still runs.')
  else say('Everything is stopped and kept; "npm start" brings it back, releases included.')
}

/** After a start that failed: ends what it started itself, and leaves what had been serving before it. */
export async function undoStart(config: Config, running: Running): Promise<void> {
  for (const kept of running.processes.toReversed()) await kept.stop()
  if (running.ingress && !running.ingress.adopted) await stopIngress({ dataDir: config.dataDir })
  if (running.database && !running.database.adopted) await running.database.stop()
}
