import { AsyncLocalStorage } from 'node:async_hooks'

/** By which a line of the log finds the others of the same matter: ids, never contents. */
export interface LogIds {
  requestId?: string | undefined
  runId?: string
  jobId?: string
  changeId?: string
  deploymentId?: string
  environmentId?: string
  occurrenceId?: string
}

const current = new AsyncLocalStorage<LogIds>()

/** Every line that is logged inside `work`, however deep, carries these ids beside those from around it. */
export function withLogIds<T>(ids: LogIds, work: () => T): T {
  return current.run({ ...current.getStore(), ...ids }, work)
}

/** The ids of here and now. */
export function logIds(): LogIds {
  return current.getStore() ?? {}
}
