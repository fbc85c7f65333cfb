import type { JsonValue } from '@signalbox/core/base/json.ts'
import type { Generated } from 'kysely'
import type { JsonDefault, Stamped } from './columns.ts'

/** What an occurrence came to for one workflow file. */
export interface StoredVerdict {
  file: string
  /** The workflow's name, or its file's. */
  name: string
  runs: boolean
  /** The run that it started. */
  runId?: string
  /** What kept it from running: a filter's name, `invalid`, `off`, … */
  by?: string
  reason?: string
  /** Keys and names of its jobs, as far as they are known without running it. */
  jobs?: string[]
}

export interface OccurrencesTable {
  id: string
  project_id: string
  /** The change whose pull request it is about. */
  change_id: string | null
  /** As under `on`: push, pull_request, schedule, … */
  name: string
  action: string | null
  ref: string
  /** Of which workflow files are read, and on which they run. */
  commit_id: string
  /** What it is compared with to know the changed paths; null: with where its branch came from. */
  before_commit: string | null
  /** The branch that filters ask about where it is not the ref. */
  branch: string | null
  /** Its runs get secrets. */
  trusted: boolean
  payload: JsonDefault<Record<string, JsonValue>>
  /** How many runs stand before it in a chain of workflow_run. */
  depth: Generated<number>
  /** Makes it happen once, where nothing else does. */
  key: string | null
  status: Generated<'open' | 'done'>
  verdicts: JsonDefault<StoredVerdict[]>
  created_at: Stamped
  done_at: Date | null
}
