import { z } from 'zod'
import { tokenPresets } from '../token-presets.ts'
import { AccountSession, AccountView, ApiTokenView, Email, JwkView } from '../views/people.ts'
import { none, permissions, type Route } from './route.ts'

const personName = z.string().trim().min(1).max(80)

export const CreateToken = z.object({
  name: z.string().trim().min(1).max(80),
  /** A preset, or single permissions. */
  scopes: z.union([z.enum(tokenPresets), z.array(z.enum(permissions)).min(1)]).default('write'),
  /** Slugs or ids; left out: every project that you see. */
  projects: z.array(z.string().min(1).max(100)).min(1).max(100).optional(),
  /** `never` is possible and unwise. */
  expiresInDays: z.union([z.int().min(1).max(3650), z.literal('never')]).default(90),
})

export const accountRoutes = {
  getAccount: {
    method: 'GET',
    path: '/api/account',
    permission: 'session.read',
    tag: 'account',
    summary: 'Your account, and by which ways you can sign in.',
    response: AccountView,
  },
  updateAccount: {
    method: 'PATCH',
    path: '/api/account',
    permission: 'session.read',
    tag: 'account',
    summary: 'Change your name or e-mail address.',
    body: z.object({ name: personName.optional(), email: Email.optional() }),
    response: AccountView,
  },
  setPassword: {
    method: 'POST',
    path: '/api/account/password',
    permission: 'session.read',
    tag: 'account',
    summary: 'Set a password, or change it by the current one; your other sessions end.',
    body: z.object({ currentPassword: z.string().max(300).optional(), password: z.string().max(300) }),
    response: AccountView,
  },
  listSessions: {
    method: 'GET',
    path: '/api/account/sessions',
    permission: 'session.read',
    tag: 'account',
    summary: 'Where you are signed in.',
    response: z.object({ items: z.array(AccountSession) }),
  },
  endSession: {
    method: 'DELETE',
    path: '/api/account/sessions/:session',
    permission: 'session.read',
    tag: 'account',
    summary: 'Sign one of your browsers out.',
    params: z.object({ session: z.uuid() }),
    response: none,
  },
  endOtherSessions: {
    method: 'DELETE',
    path: '/api/account/sessions',
    permission: 'session.read',
    tag: 'account',
    summary: 'Sign all your browsers out but this one.',
    response: z.object({ ended: z.int() }),
  },
  listTokens: {
    method: 'GET',
    path: '/api/tokens',
    permission: 'token.write',
    tag: 'account',
    summary: 'Your API tokens.',
    response: z.object({ items: z.array(ApiTokenView) }),
  },
  createToken: {
    method: 'POST',
    path: '/api/tokens',
    permission: 'token.write',
    tag: 'account',
    summary: 'Make an API token; this answer is the only one that shows it.',
    body: CreateToken,
    response: z.object({ token: z.string(), view: ApiTokenView }),
  },
  createJwt: {
    method: 'POST',
    path: '/api/token/jwt',
    permission: 'session.read',
    tag: 'account',
    summary: 'Exchange your session or API token for a signed JWT, good for 15 minutes and for no more.',
    response: z.object({ token: z.string(), expiresAt: z.iso.datetime() }),
  },
  getJwks: {
    method: 'GET',
    path: '/api/auth/jwks',
    permission: 'public',
    tag: 'account',
    summary: 'The public keys by which a JWT of this server is verified.',
    response: z.object({ keys: z.array(JwkView) }),
  },
  revokeToken: {
    method: 'DELETE',
    path: '/api/tokens/:token',
    permission: 'token.write',
    tag: 'account',
    summary: 'Revoke one of your API tokens.',
    params: z.object({ token: z.uuid() }),
    response: none,
  },
} as const satisfies Record<string, Route>
