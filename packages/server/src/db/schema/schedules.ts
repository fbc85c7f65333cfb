import type { Generated } from 'kysely'

export interface SchedulesTable {
  project_id: string
  workflow_file: string
  workflow_name: string
  cron: string
  timezone: string
  /** Null: it never comes. */
  next_at: Date | null
  /** When it last started its workflow. */
  last_at: Date | null
  /** Times that came while no server ran, which are not made up for. */
  missed: Generated<number>
}
