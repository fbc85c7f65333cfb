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
  created_at: Stamped
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
}

export interface SessionsTable {
  token_hash: Buffer
  user_id: string
  csrf_token: string
  user_agent: Generated<string>
  created_at: Stamped
  last_seen_at: Stamped
  expires_at: Date
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
