import type { Generated } from 'kysely'
import type { Stamped } from './columns.ts'

export interface ReviewCommentsTable {
  id: string
  change_id: string
  commit_id: string
  path: string
  side: 'old' | 'new'
  start_line: number
  end_line: number
  quote: string
  body: string
  author_id: string | null
  state: Generated<'open' | 'sent' | 'resolved'>
  created_at: Stamped
  updated_at: Stamped
  sent_at: Date | null
}
