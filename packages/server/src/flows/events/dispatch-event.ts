import { Failure } from '@signalbox/core/base/failure.ts'
import type { JsonValue } from '@signalbox/core/base/json.ts'
import { findProject } from '../../db/projects.ts'
import type { FlowDeps } from '../deps.ts'
import { announce } from './announce.ts'

/** Announces a repository_dispatch on the head of the default branch, as a person or a program asks. */
export async function dispatchEvent(
  deps: FlowDeps,
  input: { projectId: string; type: string; payload: Record<string, JsonValue>; userId: string },
): Promise<{ occurrenceId: string }> {
  const project = await findProject(deps.db, input.projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const branch = project.default_branch
  const commit = await deps.forge.head(project.id, branch)
  if (!commit) throw new Failure('empty-repository', `The branch ${branch} has no commit.`)
  const occurrenceId = await deps.db.transaction().execute((tx) =>
    announce(deps, tx, {
      projectId: project.id,
      name: 'repository_dispatch',
      action: input.type,
      ref: `refs/heads/${branch}`,
      branch,
      commit,
      trusted: true,
      payload: { branch, client_payload: input.payload, userId: input.userId },
    }),
  )
  if (!occurrenceId) throw new Failure('stale', 'It was dispatched already.')
  return { occurrenceId }
}
