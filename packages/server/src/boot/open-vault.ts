import { systemClock } from '@signalbox/core/base/clock.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Database } from '../db/schema.ts'
import { environmentKeyRing, fileKeyRing, type KeyRing, masterKeyFile } from '../secrets/key-ring.ts'
import { createVault, type Vault } from '../secrets/vault.ts'

/** The ring of master keys that the configuration names. A worker of another machine makes no key of its own. */
export function ringOf(config: Config): KeyRing {
  if (config.masterKey) return environmentKeyRing(config.masterKey)
  if (config.masterKeyFile) return fileKeyRing(config.masterKeyFile, false)
  return fileKeyRing(masterKeyFile(config.dataDir), config.serverUrl === undefined)
}

/**
 * The vault of this process. Keys that cannot be used are told at once and once, and everything that needs no
 * secret works; an environment variable that holds no key ends the start.
 */
export async function openVault(config: Config, db: Kysely<Database>, log: Logger): Promise<Vault> {
  const vault = createVault({ db, ring: ringOf(config), now: () => systemClock.now() })
  await vault.check().catch((error: unknown) => {
    if (!(error instanceof Failure) || error.code === 'database-lost') throw error
    log.error({ code: error.code, hint: error.hint }, error.message)
  })
  return vault
}
