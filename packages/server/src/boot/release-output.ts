import { createProcessTarget } from '@signalbox/engine/deploy/process/process-target.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import type { Kysely } from 'kysely'
import type { Config } from '../config.ts'
import { findDeployment } from '../db/deployments.ts'
import type { Database } from '../db/schema.ts'
import { StoredSpec } from '../worker/releases.ts'

/** Reads the last output of a release as its target keeps it on this machine; empty when there is none. */
export function releaseOutputReader(config: Config, db: Kysely<Database>) {
  let target: Promise<ReturnType<typeof createProcessTarget> | undefined> | undefined
  return async (deploymentId: string, maxBytes: number): Promise<string> => {
    target ??= selectProvider({ dataDir: config.dataDir, prefer: config.sandbox }).then(({ provider }) =>
      provider ? createProcessTarget({ provider, dataDir: config.dataDir }) : undefined,
    )
    const spec = StoredSpec.safeParse((await findDeployment(db, deploymentId))?.release_spec)
    const ready = await target
    return spec.success && ready ? await ready.output(spec.data.id, maxBytes) : ''
  }
}
