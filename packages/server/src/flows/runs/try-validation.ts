import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { findProject } from '../../db/projects.ts'
import type { FlowDeps } from '../deps.ts'
import { startRun } from './start-run.ts'
import { validationSource } from './workflow-source.ts'

/**
 * Runs what would prove a pull request (set-up, build, test, start) on the head of a branch, so that a person
 * sees whether the commands are right. Nothing is gated by it. A branch other than the default one is not
 * trusted. Failures `not-found`, `empty-repository`.
 */
export async function tryValidation(
  deps: FlowDeps,
  input: { projectId: string; branch: string | undefined },
): Promise<{ runId: string }> {
  const project = await findProject(deps.db, input.projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const branch = input.branch ?? project.default_branch
  const [base, commit] = await Promise.all([
    deps.forge.head(project.id, project.default_branch),
    deps.forge.head(project.id, branch),
  ])
  if (!commit) {
    throw new Failure('not-found', `There is no branch ${branch} with a commit.`, {
      hint: `Push it first, or try ${project.default_branch}.`,
    })
  }
  // As for a pull request: the workflow is the base's, whatever the branch says.
  const settings = ProjectSettings.parse(project.settings)
  const workflow = await validationSource(deps.forge, project.id, base, settings)
  const runId = await deps.db.transaction().execute((tx) =>
    startRun(deps, tx, {
      projectId: project.id,
      changeId: null,
      kind: 'manual',
      name: `try ${branch}`,
      workflow,
      commit,
      ref: `refs/heads/${branch}`,
      trusted: branch === project.default_branch,
      subject: {},
      inputs: {},
    }),
  )
  return { runId }
}
