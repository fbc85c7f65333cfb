import type { Queryable } from './connect.ts'

/** By which ways a user can sign in without a link. */
export interface SignInWays {
  /** The scrypt hash. */
  password: string | null
  passkeys: { id: string; name: string | null; created_at: Date | null }[]
  twoFactor: boolean
}

const provider = 'credential'

export async function signInWays(db: Queryable, userId: string): Promise<SignInWays> {
  const [account, passkeys, user] = await Promise.all([
    db
      .selectFrom('accounts')
      .select('password')
      .where('user_id', '=', userId)
      .where('provider_id', '=', provider)
      .executeTakeFirst(),
    db
      .selectFrom('passkeys')
      .select(['id', 'name', 'created_at'])
      .where('user_id', '=', userId)
      .orderBy('id')
      .execute(),
    db.selectFrom('users').select('two_factor_enabled').where('id', '=', userId).executeTakeFirst(),
  ])
  return { password: account?.password ?? null, passkeys, twoFactor: user?.two_factor_enabled ?? false }
}

/** Stores the hash of a user's password, the first one or another one. */
export async function savePassword(
  db: Queryable,
  input: { id: string; userId: string; hash: string; now: Date },
): Promise<void> {
  await db
    .insertInto('accounts')
    .values({
      id: input.id,
      user_id: input.userId,
      account_id: input.userId,
      provider_id: provider,
      password: input.hash,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['provider_id', 'account_id'])
        .doUpdateSet({ password: input.hash, updated_at: input.now }),
    )
    .execute()
}

/**
 * Devices that need no code are asked for one again, and sign-ins that wait for their code begin anew. better-auth
 * keeps both as rows whose value is the user's id; nothing of it ends them when the password changes.
 */
export async function forgetTrustedDevices(db: Queryable, userId: string): Promise<void> {
  await db.deleteFrom('verifications').where('value', '=', userId).execute()
}

/** Takes password, passkeys and two-factor from a user. */
export async function deleteCredentials(db: Queryable, userId: string): Promise<void> {
  await forgetTrustedDevices(db, userId)
  await db.deleteFrom('accounts').where('user_id', '=', userId).execute()
  await db.deleteFrom('passkeys').where('user_id', '=', userId).execute()
  await db.deleteFrom('two_factors').where('user_id', '=', userId).execute()
  await db.updateTable('users').set({ two_factor_enabled: false }).where('id', '=', userId).execute()
}

/** Whether some owner can sign in by password or passkey. */
export async function anOwnerHasCredentials(db: Queryable): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('users.id')
    .where('role', '=', 'owner')
    .where('disabled_at', 'is', null)
    .where(({ or, exists, selectFrom }) =>
      or([
        exists(
          selectFrom('accounts')
            .select('accounts.id')
            .whereRef('accounts.user_id', '=', 'users.id')
            .where('accounts.password', 'is not', null),
        ),
        exists(selectFrom('passkeys').select('passkeys.id').whereRef('passkeys.user_id', '=', 'users.id')),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
