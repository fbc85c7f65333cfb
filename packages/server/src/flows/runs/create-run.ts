import { Failure } from '@signalbox/core/base/failure.ts'
import type { InputValues } from '@signalbox/core/contract/views/workflows.ts'
import { resolveInputs } from '@signalbox/core/workflow/resolve-inputs.ts'
import { findProject } from '../../db/projects.ts'
import type { FlowDeps } from '../deps.ts'
import { startRun } from './start-run.ts'
import { parseSource, readWorkflow } from './workflow-source.ts'
import { workflowFolders } from './workflows-at.ts'

/**
 * Runs a workflow file of a branch's head (the default one), as a person asks. On another branch an agent may have
 * written both the file and what it runs, so that such a run is not trusted: it gets no secret.
 */
export async function createRun(
  deps: FlowDeps,
  input: { projectId: string; workflow: string; branch?: string | undefined; inputs: InputValues },
): Promise<{ runId: string }> {
  const project = await findProject(deps.db, input.projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const branch = input.branch ?? project.default_branch
  const commit = await deps.forge.head(project.id, branch)
  if (!commit && branch === project.default_branch) {
    throw new Failure('empty-repository', `The branch ${branch} has no commit.`)
  }
  if (!commit) {
    const message = `There is no branch ${branch}.`
    throw new Failure('not-found', message, { fields: [{ path: 'branch', message }] })
  }
  const names = workflowFolders.some((folder) => input.workflow.startsWith(folder))
    ? [input.workflow]
    : workflowFolders.flatMap((folder) => [`${folder}${input.workflow}`, `${folder}${input.workflow}.yml`])
  for (const file of names) {
    const workflow = await readWorkflow(deps.forge, project.id, { commit, file })
    if (!workflow) continue
    const { workflow: parsed } = parseSource(workflow)
    const inputs = resolveInputs(parsed?.inputs ?? [], input.inputs)
    const runId = await deps.db.transaction().execute((tx) =>
      startRun(deps, tx, {
        projectId: project.id,
        changeId: null,
        kind: 'manual',
        name: file.split('/').pop() ?? file,
        workflow,
        commit,
        ref: `refs/heads/${branch}`,
        trusted: branch === project.default_branch,
        subject: {},
        inputs,
      }),
    )
    return { runId }
  }
  throw new Failure('not-found', `There is no workflow ${input.workflow} on ${branch}.`, {
    hint: `Workflows stand in ${workflowFolders.join(' and ')}.`,
  })
}
