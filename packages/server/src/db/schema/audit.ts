import type { ColumnType, Generated } from 'kysely'
import type { Stamped } from './columns.ts'

type NullableJson = ColumnType<unknown, string | null | undefined, string | null>

export interface AuditLogTable {
  id: Generated<number>
  at: Stamped
  user_id: string | null
  user_name: Generated<string>
  via: 'session' | 'token' | 'nobody'
  token_id: string | null
  ip: Generated<string>
  user_agent: Generated<string>
  request_id: Generated<string>
  action: string
  project_id: string | null
  object_kind: string | null
  object_id: string | null
  asked: NullableJson
  before: NullableJson
  after: NullableJson
  status: number | null
  outcome: Generated<'started' | 'done' | 'refused' | 'failed'>
}
