import type { Generated } from 'kysely'
import type { Json, JsonDefault, Stamped } from './columns.ts'

export interface WorkersTable {
  id: string
  name: string
  pid: number
  slots: number
  sandbox: JsonDefault<unknown[]>
  started_at: Stamped
  heartbeat_at: Stamped
  stopped_at: Date | null
  /** Why it takes no job now, for people. */
  trouble: string | null
  stats: JsonDefault<Record<string, unknown>>
  /** False: it has no ingress, and no release runs on its machine. */
  deploys: Generated<boolean>
  /** The data folder that it works on. */
  store: string | null
  /** Where it listens for shells on its own machine. */
  shell_socket: string | null
  /** What `runs-on` finds it by; null: a worker of a version that had none. */
  labels: string[] | null
  runner_group: Generated<string>
}

export interface EventsTable {
  id: Generated<number>
  at: Stamped
  type: string
  project_id: string | null
  change_id: string | null
  run_id: string | null
  job_id: string | null
  deployment_id: string | null
  data: JsonDefault<Record<string, unknown>>
}

/** For how long things are kept: of a project, or (null) of this installation. */
export interface RetentionTable {
  project_id: string | null
  settings: Json<unknown>
  updated_at: Stamped
}
