import { access } from 'node:fs/promises'
import { systemClock } from '@signalbox/core/base/clock.ts'
import type { Finding } from '../api/server-deps.ts'
import { authKeyFile, readAuthKey } from '../auth/auth-key.ts'
import { unreadableKeys } from '../auth/signing-keys.ts'
import type { Config } from '../config.ts'
import type { Queryable } from '../db/connect.ts'
import { acceptedSigningKeys } from '../db/signing-keys.ts'
import { type KeyRing, masterKeyFile } from '../secrets/key-ring.ts'
import { createVault } from '../secrets/vault.ts'
import { failed, note, ok, wrong } from './doctor-finding.ts'
import { ringOf } from './open-vault.ts'

/** Whether the master keys can be read and open every stored secret, and whether a key lies about unused. */
export async function checkMasterKeys(config: Config, db: Queryable): Promise<Finding[]> {
  const ring = ringOf(config)
  // A look changes nothing: it makes no key.
  const looking: KeyRing = { ...ring, create: ring.read, replace: undefined }
  const found = [await keysFinding(looking, db)]
  const file = masterKeyFile(config.dataDir)
  const elsewhere = config.masterKey !== undefined || config.masterKeyFile !== undefined
  const unused = await access(file).then(
    () => elsewhere && config.masterKeyFile !== file,
    () => false,
  )
  if (unused) {
    found.push(
      note('master key', `${file} is not used, since ${ring.label} is: keep it with the keys or delete it`),
    )
  } else if (!elsewhere) {
    found.push(
      note('master key', 'lies beside what it guards: SIGNALBOX_MASTER_KEY_FILE can name another place'),
    )
  }
  return found
}

/** Whether the key of sessions is there and is the one that sealed the keys of JWTs; a look makes none. */
export async function checkAuthKey(config: Config, db: Queryable): Promise<Finding> {
  const part = 'auth key'
  try {
    const authSecret = await readAuthKey(config.dataDir)
    const signing = await acceptedSigningKeys(db, new Date())
    if (authSecret === undefined) {
      if (signing.length === 0) return ok(part, 'none was needed yet')
      return wrong(part, `${authKeyFile(config.dataDir)} is gone`, restoreAuthKey)
    }
    const unreadable = await unreadableKeys({ db, clock: systemClock, authSecret })
    if (unreadable.length === 0) return ok(part, 'signs sessions and opens every signing key')
    const text = `is another one than sealed ${unreadable.length} of ${signing.length} keys that sign JWTs`
    return wrong(part, text, restoreAuthKey)
  } catch (error) {
    return failed(part, error, restoreAuthKey)
  }
}

const restoreAuthKey =
  'Put auth-key back from a backup and start again. Or only start again: a new one is made, everybody signs in anew, JWTs end, and two-factor is set up anew.'

async function keysFinding(ring: KeyRing, db: Queryable): Promise<Finding> {
  try {
    const keys = await ring.read()
    if (keys.length > 0) await createVault({ db, ring, now: () => new Date() }).check()
    return ok('master key', keys.length > 0 ? `${ring.label} opens every secret` : 'none was needed yet')
  } catch (error) {
    return failed('master key', error, 'Bring back the master key of this installation from its backup.')
  }
}
