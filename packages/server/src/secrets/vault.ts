import { createHmac } from 'node:crypto'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { Queryable } from '../db/connect.ts'
import {
  addMasterKey,
  deleteOldSecret,
  deleteSecret,
  handOutSecrets,
  oldSecrets,
  replaceSealed,
  rotatingAlone,
  type SecretRow,
  sealedSecrets,
  secretsByKey,
  secretsUnderOtherKeys,
  setSecret,
  useMasterKey,
} from '../db/secrets.ts'
import { type MasterKey, newMasterKey, rewrap, seal, unseal } from './envelope.ts'
import type { KeyRing } from './key-ring.ts'

/** Where a secret belongs; an empty environment is every one. */
export interface SecretPlace {
  projectId: string
  environment: string
}

/** What a rotation did. */
export interface Rotation {
  keyId: string
  rewrapped: number
  /** An earlier rotation that was broken off was ended, or keys that the environment changed were taken over. */
  resumed: boolean
}

/** Everything that is done with secret values; they leave it only by `open`. */
export interface Vault {
  /** Where the master key is, for people. */
  readonly label: string
  set(place: SecretPlace, secret: { name: string; value: string; userId: string | null }): Promise<void>
  /** False when there was none. */
  delete(place: SecretPlace, name: string): Promise<boolean>
  /**
   * The values for one environment by name, its own before those of every environment: all of them, or those
   * that `wants` names. `used` false: only looked at, to hide them. Failures `master-key-missing`,
   * `secret-damaged`.
   */
  open(
    place: SecretPlace,
    options?: { wants?: (name: string) => boolean; used?: boolean },
  ): Promise<Record<string, string>>
  /**
   * Every value that what runs in this environment may know: those of now, also where another one goes before them,
   * and those that were handed out before they were replaced or deleted. Only to hide them. Failures as of `open`.
   */
  openToHide(place: SecretPlace): Promise<string[]>
  /** Puts a new master key in use and wraps every data key anew. May be broken off and called again. */
  rotate(): Promise<Rotation>
  /** Whether every stored secret can be opened, without opening any; a Failure `master-key-missing` if not. */
  check(): Promise<void>
  /** A secret of this installation for a purpose, the same in every process that has the master key. */
  derived(purpose: string): Promise<MasterKey[]>
}

/** What a worker of another machine shows when it fetches from the server's git. */
export const workerGitPurpose = 'worker git'

const batch = 100

/** The vault over a ring of keys and the rows. */
export function createVault(options: { db: Queryable; ring: KeyRing; now: () => Date }): Vault {
  const { db, ring, now } = options

  /** The ring; makes its first key only when no row would be lost by it. */
  async function keys(): Promise<[MasterKey, ...MasterKey[]]> {
    let known = await ring.read()
    if (known.length === 0) {
      const stored = await secretsByKey(db)
      if (stored.size > 0) throw missing(ring, [...stored.keys()])
      known = await ring.create()
    }
    const [first, ...rest] = known
    if (!first) throw missing(ring, [])
    return [first, ...rest]
  }

  async function keyOf(row: Pick<SecretRow, 'key_id'>): Promise<MasterKey> {
    const key = (await keys()).find((candidate) => candidate.id === row.key_id)
    if (key) return key
    throw missing(ring, [row.key_id])
  }

  const readable = async () => (await ring.read()).map((key) => key.id)

  async function rewrapAll(tx: Queryable, to: MasterKey): Promise<number> {
    let count = 0
    for (;;) {
      const rows = await secretsUnderOtherKeys(tx, { keyId: to.id, limit: batch })
      if (rows.length === 0) return count
      for (const row of rows) {
        if (row.table === 'old_secrets' && !(await readable()).includes(row.key_id)) {
          await deleteOldSecret(tx, row.id)
          continue
        }
        const sealed = rewrap(await keyOf(row), to, row.sealed, boundOf(row))
        if ((await replaceSealed(tx, row, { keyId: to.id, sealed })) && row.table === 'secrets') count += 1
      }
    }
  }

  const plainOf = async (row: Bound & Pick<SecretRow, 'sealed' | 'key_id'>) =>
    unseal(await keyOf(row), row.sealed, boundOf(row)).toString('utf8')

  return {
    label: ring.label,
    async set({ projectId, environment }, { name, value, userId }) {
      const bound = [projectId, environment, name]
      for (let tries = 0; tries < 5; tries++) {
        const [key] = await keys()
        await addMasterKey(db, key.id)
        const sealed = seal(key, Buffer.from(value, 'utf8'), bound)
        const place = { projectId, environment, name }
        const row = {
          id: newId(),
          ...place,
          sealed,
          keyId: key.id,
          userId,
          readable: await readable(),
          now: now(),
        }
        // Its key was retired since it was read: the ring has a newer one by now.
        if (await setSecret(db, row)) return
      }
      throw new Failure('master-key-retired', 'The master key of this process is no longer in use.', {
        hint: `Give it the new one (${ring.label}) and start it again.`,
      })
    },
    async delete(place, name) {
      return await deleteSecret(db, { ...place, name, readable: await readable(), now: now() })
    },
    async open(place, { wants = () => true, used = true } = {}) {
      const found = (await sealedSecrets(db, place)).filter((row) => wants(row.name))
      const read = used ? await handOutSecrets(db, { ids: found.map((row) => row.id), now: now() }) : found
      const byId = new Map(read.map((row) => [row.id, row]))
      const values: Record<string, string> = {}
      for (const { id } of found) {
        const row = byId.get(id)
        if (row) values[row.name] = await plainOf(row)
      }
      return values
    },
    async openToHide(place) {
      const old = await oldSecrets(db, place)
      const known = new Set(await readable())
      // What nobody can open any more was deleted together with its key, or will be.
      const rows = [...(await sealedSecrets(db, place)), ...old.filter((row) => known.has(row.key_id))]
      return await Promise.all(rows.map(plainOf))
    },
    async rotate() {
      const done = await rotatingAlone(db, async (tx) => {
        const known = await keys()
        const resumed = known.length > 1 || ring.replace === undefined
        const to = resumed ? known[0] : newMasterKey()
        // First the file: whatever is wrapped by the new key, every process can open it.
        if (!resumed) await ring.replace?.([to, ...known])
        await useMasterKey(tx, { id: to.id, now: now() })
        return { keyId: to.id, rewrapped: await rewrapAll(tx, to), resumed }
      })
      await rotatingAlone(db, async (tx) => {
        // No row can come under an older key any more: what is retired goes.
        const [first] = await keys()
        const others = [...(await secretsByKey(tx)).keys()].filter((id) => id !== first.id)
        if (others.length === 0) await ring.replace?.([first])
      })
      return done
    },
    async check() {
      const stored = await secretsByKey(db)
      if (stored.size === 0) return void (await keys())
      const known = new Set((await ring.read()).map((key) => key.id))
      const lost = [...stored.keys()].filter((id) => !known.has(id))
      if (lost.length > 0) throw missing(ring, lost)
    },
    async derived(purpose) {
      return (await keys()).map(({ id, bytes }) => ({
        id,
        bytes: createHmac('sha256', bytes).update(`signalbox ${purpose}`).digest(),
      }))
    },
  }
}

type Bound = Pick<SecretRow, 'project_id' | 'environment' | 'name'>

function boundOf(row: Bound): string[] {
  return [row.project_id, row.environment, row.name]
}

function missing(ring: KeyRing, ids: string[]): Failure {
  const which = ids.length > 0 ? ` (${ids.join(', ')})` : ''
  return new Failure(
    'master-key-missing',
    `The master key of stored secrets${which} is not in ${ring.label}.`,
    {
      hint: 'Bring it back from where you keep it, or delete those secrets and set them again.',
    },
  )
}
