import { createProcessTarget } from '@signalbox/engine/deploy/process/process-target.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { stopReleases } from '../worker/releases.ts'

/** Stops every running release; names those that it stopped. Their rows stay. */
export async function stopAllReleases(config: Config, connectionString: string): Promise<string[]> {
  const selected = await selectProvider({ dataDir: config.dataDir, prefer: config.sandbox })
  if (!selected.provider) return []
  const connection = connectDatabase({ connectionString, max: 2, applicationName: 'signalbox-stop' })
  try {
    const target = createProcessTarget({ provider: selected.provider, dataDir: config.dataDir })
    return await stopReleases({ db: connection.db, target })
  } finally {
    await connection.close()
  }
}
