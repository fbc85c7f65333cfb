import { isIP } from 'node:net'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Queryable } from '../db/connect.ts'
import { anOwnerHasCredentials } from '../db/credentials.ts'

/** Whether only this machine itself reaches an address. A name other than localhost may be anything. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1' || host === '[::1]') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

/**
 * Failure `password-first`: before others can connect, an owner has a password or a passkey; until then whoever
 * came first with a link from a log or a screen would be the owner.
 */
export async function refuseOpenDoor(db: Queryable, host: string): Promise<void> {
  if (isLoopback(host) || (await anOwnerHasCredentials(db))) return
  throw new Failure(
    'password-first',
    `SIGNALBOX_HOST=${host} lets other machines connect, and no owner has a password or passkey yet.`,
    {
      hint: 'Start once without SIGNALBOX_HOST, open the printed URL, and set a password under Account',
    },
  )
}
