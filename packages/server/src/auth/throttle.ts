import { Failure } from '@signalbox/core/base/failure.ts'
import { countAttempt, forgetAttempts } from '../db/sign-in-attempts.ts'
import { hashToken } from './secret-token.ts'
import type { AuthDeps } from './sign-in.ts'

const windowMs = 15 * 60_000
/** Of one address and of one account, in 15 minutes; whether the account exists makes no difference. */
const most = { address: 60, account: 10 }

/** Counts an attempt to sign in. Failure `too-many-requests` when the address or the account had too many. */
export async function countSignIn(
  deps: AuthDeps,
  who: { ip: string; account: string | undefined },
): Promise<void> {
  const now = deps.clock.now()
  const ofAddress = await countAttempt(deps.db, { key: `ip ${who.ip}`, now, windowMs })
  const account = who.account === undefined ? undefined : keyOf(who.account)
  const ofAccount = account === undefined ? 0 : await countAttempt(deps.db, { key: account, now, windowMs })
  if (ofAddress <= most.address && ofAccount <= most.account) return
  throw new Failure('too-many-requests', 'Too many attempts to sign in. Wait a quarter of an hour.', {
    hint: 'A passkey or a link ("signalbox open" on the machine) still signs you in.',
  })
}

/** Whoever got in had the right password: their earlier slips count no longer. */
export async function signInSucceeded(deps: AuthDeps, account: string): Promise<void> {
  await forgetAttempts(deps.db, keyOf(account))
}

/** What was typed may be a password in the wrong field: it is not stored as it is. */
function keyOf(account: string): string {
  return `account ${hashToken(account.trim().toLowerCase()).toString('base64url')}`
}
