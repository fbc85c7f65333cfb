import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

/** 0x70000000 up to 0x7FFFFFFF is left free by every known allocation (systemd.io/UIDS-GIDS). */
const FIRST_UID = 0x70000000
const COUNT = 4096

/**
 * Takes a user id that no other living sandbox of this machine has. The lock is a file named after it, which
 * holds the folder of the sandbox; a lock whose sandbox is gone is taken over.
 */
export async function takeHostUser(lockRoot: string, sandboxFolder: string): Promise<number> {
  const folder = join(lockRoot, 'uids')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (let n = 0; n < COUNT; n++) {
    const uid = FIRST_UID + n
    const lock = join(folder, String(uid))
    if (await lockWith(lock, sandboxFolder)) return uid
    const holder = await readFile(lock, 'utf8').catch(() => '')
    if (holder === '' || existsSync(holder)) continue
    // Only one of several takers can rename it; the others find it gone and go on.
    const stale = `${lock}.stale-${process.pid}`
    const taken = await rename(lock, stale).then(
      () => true,
      () => false,
    )
    if (!taken) continue
    await rm(stale, { force: true })
    if (await lockWith(lock, sandboxFolder)) return uid
  }
  throw new Failure('sandbox-users-used-up', `All ${COUNT} sandbox users of this machine are taken.`, {
    retryable: true,
  })
}

async function lockWith(lock: string, text: string): Promise<boolean> {
  try {
    await writeFile(lock, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch {
    return false
  }
}

/** Gives a user id back; only when this sandbox still holds it. */
export async function releaseHostUser(lockRoot: string, uid: number, sandboxFolder: string): Promise<void> {
  const lock = join(lockRoot, 'uids', String(uid))
  const holder = await readFile(lock, 'utf8').catch(() => '')
  if (holder === sandboxFolder) await rm(lock, { force: true })
}

/** True when a layer's files belong to one of our sandbox users. */
export function isSandboxUser(uid: number): boolean {
  return uid >= FIRST_UID && uid < FIRST_UID + COUNT
}
