import { Failure } from '@signalbox/core/base/failure.ts'
import type { InputValues } from '@signalbox/core/contract/views/workflows.ts'
import { resolveInputs } from '@signalbox/core/workflow/resolve-inputs.ts'
import { findProject } from '../db/projects.ts'
import type { FlowDeps } from './deps.ts'
import { startRun } from './start-run.ts'
import { parseSource, readWorkflow } from './workflow-source.ts'

/** Where workflow files stand in a repository. */
export const workflowFolders = ['.github/workflows/', '.signalbox/workflows/']

/** Runs a workflow file of the default branch's head, as a person asks. */
export async function createRun(
  deps: FlowDeps,
  input: { projectId: string; workflow: string; inputs: InputValues },
): Promise<{ runId: string }> {
  const project = await findProject(deps.db, input.projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const commit = await deps.forge.head(project.id, project.default_branch)
  if (!commit) throw new Failure('empty-repository', `The branch ${project.default_branch} has no commit.`)
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
        ref: `refs/heads/${project.default_branch}`,
        trusted: true,
        subject: {},
        inputs,
      }),
    )
    return { runId }
  }
  throw new Failure('not-found', `There is no workflow ${input.workflow} on ${project.default_branch}.`, {
    hint: `Workflows stand in ${workflowFolders.join(' and ')}.`,
  })
}
