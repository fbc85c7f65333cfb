import type { DeployTarget } from '@signalbox/engine/deploy/port.ts'
import { createProcessTarget } from '@signalbox/engine/deploy/process/process-target.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import type { Kysely } from 'kysely'
import type { Config } from '../config.ts'
import { findDeployment } from '../db/deployments.ts'
import type { Database } from '../db/schema.ts'
import type { Vault } from '../secrets/vault.ts'
import { withReleaseSecrets } from '../worker/release-secrets.ts'
import { StoredSpec } from '../worker/releases.ts'

/** Reads the last output of a release as its target keeps it on this machine, secrets hidden; empty when there is none. */
export function releaseOutputReader(config: Config, deps: { db: Kysely<Database>; vault: Vault }) {
  let target: Promise<DeployTarget | undefined> | undefined
  return async (deploymentId: string, maxBytes: number): Promise<string> => {
    target ??= selectProvider({ dataDir: config.dataDir, prefer: config.sandbox }).then(({ provider }) =>
      provider
        ? withReleaseSecrets(createProcessTarget({ provider, dataDir: config.dataDir }), deps)
        : undefined,
    )
    const spec = StoredSpec.safeParse((await findDeployment(deps.db, deploymentId))?.release_spec)
    const ready = await target
    return spec.success && ready ? await ready.output(spec.data.id, maxBytes) : ''
  }
}
