import { Failure } from '@signalbox/core/base/failure.ts'
import { createProcessTarget } from '@signalbox/engine/deploy/process/process-target.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import type { Kysely } from 'kysely'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { listEnvironments } from '../db/environments.ts'
import type { Database } from '../db/schema.ts'
import { stopReleases } from '../worker/releases.ts'

/** Stops every running release; names those that it stopped. Their rows stay. */
export async function stopAllReleases(config: Config, connectionString: string): Promise<string[]> {
  const selected = await selectProvider({ dataDir: config.dataDir, prefer: config.sandbox })
  const connection = connectDatabase({ connectionString, max: 2, applicationName: 'signalbox-stop' })
  try {
    if (!selected.provider) return await refuseToForget(connection.db)
    const target = createProcessTarget({ provider: selected.provider, dataDir: config.dataDir })
    return await stopReleases({ db: connection.db, target })
  } finally {
    await connection.close()
  }
}

/** Without a sandbox tool nothing can be stopped; whether something may run is in the rows. */
async function refuseToForget(db: Kysely<Database>): Promise<string[]> {
  const environments = await listEnvironments(db)
  const running = environments.filter((environment) => environment.live_deployment_id !== null)
  if (running.length === 0) return []
  const hosts = running.map((environment) => environment.host).join(', ')
  throw new Failure('no-sandbox', `no sandbox tool works now, so the releases of ${hosts} may still run.`)
}
