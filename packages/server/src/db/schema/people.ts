import type { Generated } from 'kysely'
import type { Stamped } from './columns.ts'

export interface UsersTable {
  id: string
  name: string
  role: 'owner'
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
  created_at: Stamped
  last_used_at: Date | null
  revoked_at: Date | null
}
