import type { RunRow } from '../../db/state-of.ts'

/** Whose caches a run reads, in order, and where it saves its own. */
export interface CacheScopes {
  /** Undefined: this run saves none. */
  write: string | undefined
  read: string[]
}

/**
 * Events that run the workflow of the default branch for what a stranger did: as on GitHub they read caches and save
 * none, for a step that handles the stranger's files could leave some in what trusted runs restore.
 */
const readOnlyEvents = new Set(['pull_request_target', 'issue_comment', 'workflow_run'])

/**
 * A run reads the caches of its own scope, of its base and of the default branch, and saves in its own. The scope of a
 * branch belongs to trusted runs of that branch; a change, and a run that nobody trusted began, has one of its own.
 */
export function cacheScopesOf(
  run: Pick<RunRow, 'change_id' | 'trusted' | 'ref' | 'event_name' | 'id'>,
  branches: { base: string | undefined; default: string },
): CacheScopes {
  const own =
    run.change_id !== null
      ? `change/${run.change_id}`
      : run.trusted
        ? run.ref
        : `untrusted/${run.ref || run.id}`
  const others = [branches.base, branches.default].flatMap((name) => (name ? [`refs/heads/${name}`] : []))
  const readOnly = run.change_id === null && readOnlyEvents.has(run.event_name ?? '')
  return { write: readOnly ? undefined : own, read: [...new Set([own, ...others])] }
}
