import { passkey } from '@better-auth/passkey'
import { newId } from '@signalbox/core/base/ids.ts'
import { betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import { twoFactor } from 'better-auth/plugins'
import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { findUser } from '../db/users.ts'
import { maxPasswordLength, minPasswordLength } from './passwords.ts'
import { sessionCookie } from './session-cookie.ts'
import { type SessionDeps, sessionMs } from './sign-in.ts'

/** The header by which the address of the caller reaches better-auth; what a client sends under it is dropped. */
export const ipHeader = 'x-signalbox-ip'
const issuer = 'Signalbox'

export interface BetterAuthDeps extends SessionDeps {
  db: Kysely<Database>
  config: { port: number; publicUrl: string | undefined }
}

/**
 * Passwords, passkeys and two-factor by better-auth, on the tables of our migrations. Who exists, what they may
 * and how a session is looked up is ours; its own attempts limits are off, ours stand before it (auth-routes.ts).
 */
export function createBetterAuth(deps: BetterAuthDeps) {
  const { db, config } = deps
  const baseURL = config.publicUrl ?? `http://localhost:${config.port}`
  return betterAuth({
    appName: issuer,
    baseURL,
    basePath: '/api/auth',
    secret: deps.authSecret,
    database: { db, type: 'postgres' },
    // Host and Origin of every request were compared before it came here: the origin is our own page.
    trustedOrigins: (request) => {
      const origin = request?.headers.get('origin')
      return origin ? [origin] : []
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    advanced: {
      database: { generateId: () => newId() },
      ipAddress: { ipAddressHeaders: [ipHeader] },
      useSecureCookies: false,
      cookiePrefix: 'signalbox',
      cookies: { session_token: { name: sessionCookie } },
      defaultCookieAttributes: {
        httpOnly: true,
        sameSite: 'strict',
        path: '/',
        secure: baseURL.startsWith('https:'),
      },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength,
      maxPasswordLength,
    },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'sessions',
      fields: {
        expiresAt: 'expires_at',
        userId: 'user_id',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      expiresIn: sessionMs / 1000,
    },
    account: {
      modelName: 'accounts',
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    databaseHooks: {
      session: {
        create: {
          async before(session) {
            const user = await findUser(db, session.userId)
            if (user && user.disabled_at === null) return
            throw new APIError('UNAUTHORIZED', {
              code: 'USER_DISABLED',
              message: 'This account is disabled.',
            })
          },
        },
      },
    },
    plugins: [
      passkey({
        rpID: new URL(baseURL).hostname,
        rpName: issuer,
        schema: {
          passkey: {
            modelName: 'passkeys',
            fields: {
              publicKey: 'public_key',
              userId: 'user_id',
              credentialID: 'credential_id',
              deviceType: 'device_type',
              backedUp: 'backed_up',
              createdAt: 'created_at',
            },
          },
        },
      }),
      twoFactor({
        issuer,
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'two_factors',
            fields: {
              backupCodes: 'backup_codes',
              userId: 'user_id',
              failedVerificationCount: 'failed_verification_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
    ],
  })
}
