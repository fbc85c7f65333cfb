import { z } from 'zod'
import { instanceRoles, projectRoles } from '../roles.ts'
import { permissions } from '../routes/route.ts'
import { id, time } from './wire.ts'

export const InstanceRole = z.enum(instanceRoles)
export const ProjectRole = z.enum(projectRoles)

/** An e-mail address, as people sign in with it: lower case. Nothing is ever sent to it. */
export const Email = z
  .string()
  .trim()
  .max(200)
  .pipe(z.email())
  .transform((text) => text.toLowerCase())

/** Your own account. */
export const AccountView = z.object({
  id,
  name: z.string(),
  email: z.string().nullable(),
  role: InstanceRole,
  hasPassword: z.boolean(),
  twoFactor: z.boolean(),
  passkeys: z.array(z.object({ id, name: z.string(), createdAt: time.nullable() })),
  /** The name of the machine for which passkeys are made; browsers offer them at that address only. */
  passkeyHost: z.string(),
})
export type AccountView = z.infer<typeof AccountView>

export const AccountSession = z.object({
  id,
  userAgent: z.string(),
  ip: z.string(),
  createdAt: time,
  lastSeenAt: time,
  /** The one that asks. */
  current: z.boolean(),
})
export type AccountSession = z.infer<typeof AccountSession>

export const ApiTokenView = z.object({
  id,
  name: z.string(),
  /** Its first characters. */
  hint: z.string(),
  /** Null: everything that you may. */
  scopes: z.array(z.enum(permissions)).nullable(),
  /** Null: every project that you see. */
  projects: z.array(z.object({ id, slug: z.string() })).nullable(),
  createdAt: time,
  lastUsedAt: time.nullable(),
  /** Null: never. */
  expiresAt: time.nullable(),
})
export type ApiTokenView = z.infer<typeof ApiTokenView>

/** A public key by which a JWT of this server is verified. */
export const JwkView = z.object({
  kty: z.string(),
  crv: z.string(),
  x: z.string(),
  kid: id,
  alg: z.string(),
  use: z.string(),
})

export const UserView = z.object({
  id,
  name: z.string(),
  email: z.string().nullable(),
  role: InstanceRole,
  disabled: z.boolean(),
  twoFactor: z.boolean(),
  createdAt: time,
  projects: z.array(z.object({ id, slug: z.string(), role: ProjectRole })),
})
export type UserView = z.infer<typeof UserView>

export const MemberView = z.object({
  userId: id,
  name: z.string(),
  email: z.string().nullable(),
  role: ProjectRole,
  disabled: z.boolean(),
})
export type MemberView = z.infer<typeof MemberView>

/** A link that signs somebody in once. Whoever holds it is that person: hand it over as you would a key. */
export const SignInLink = z.object({ url: z.string(), expiresAt: time })
export type SignInLink = z.infer<typeof SignInLink>
