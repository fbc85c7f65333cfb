import type { InstanceRole, ProjectRole } from '@signalbox/core/contract/roles.ts'
import type { Generated } from 'kysely'
import type { Stamped } from './columns.ts'

export interface UsersTable {
  id: string
  name: string
  role: InstanceRole
  /** Lower case; null: they have signed in by links only. */
  email: string | null
  disabled_at: Date | null
  email_verified: Generated<boolean>
  image: string | null
  two_factor_enabled: Generated<boolean>
  created_at: Stamped
  updated_at: Stamped
}

export interface MembersTable {
  project_id: string
  user_id: string
  role: ProjectRole
  created_at: Stamped
}

export interface LoginTokensTable {
  token_hash: Buffer
  user_id: string
  expires_at: Date
  used_at: Date | null
  kind: Generated<'sign-in' | 'invite' | 'reset'>
}

export interface SessionsTable {
  id: string
  /** The cookie is good only with its signature, whose key is not in the database. */
  token: string
  user_id: string
  expires_at: Date
  ip_address: string | null
  user_agent: string | null
  created_at: Stamped
  /** Last seen. */
  updated_at: Stamped
}

export interface AccountsTable {
  id: string
  account_id: string
  provider_id: string
  user_id: string
  access_token: string | null
  refresh_token: string | null
  id_token: string | null
  access_token_expires_at: Date | null
  refresh_token_expires_at: Date | null
  scope: string | null
  /** scrypt. */
  password: string | null
  created_at: Stamped
  updated_at: Stamped
}

export interface VerificationsTable {
  id: string
  identifier: string
  value: string
  expires_at: Date
  created_at: Stamped
  updated_at: Stamped
}

export interface PasskeysTable {
  id: string
  name: string | null
  public_key: string
  user_id: string
  credential_id: string
  counter: number
  device_type: string
  backed_up: boolean
  transports: string | null
  aaguid: string | null
  created_at: Date | null
}

export interface TwoFactorsTable {
  id: string
  /** Encrypted, as are the backup codes. */
  secret: string
  backup_codes: string
  user_id: string
  verified: Generated<boolean>
  failed_verification_count: Generated<number>
  locked_until: Date | null
}

export interface SigningKeysTable {
  id: string
  public_key: string
  private_key: string
  created_at: Date
  expires_at: Date | null
  alg: string | null
  crv: string | null
}

export interface SignInAttemptsTable {
  key: string
  count: number
  since: Date
}

export interface ApiTokensTable {
  id: string
  user_id: string
  name: string
  token_hash: Buffer
  /** The first characters, by which a person knows it again. */
  hint: Generated<string>
  scopes: string[] | null
  project_ids: string[] | null
  expires_at: Date | null
  created_at: Stamped
  last_used_at: Date | null
  revoked_at: Date | null
}
