import { Failure } from '@signalbox/core/base/failure.ts'
import type { WorkflowFileView } from '@signalbox/core/contract/views/workflows.ts'
import { findProject } from '../../db/projects.ts'
import { machineOf } from '../../db/workers.ts'
import type { FlowDeps } from '../deps.ts'
import { livingWorkers } from './send-job.ts'
import { parseSource, readWorkflow } from './workflow-source.ts'
import { workflowFiles } from './workflows-at.ts'

/** More files help nobody, and each is parsed. */
const maxFiles = 100

/** The workflow files of a branch (the default one), each with what starts it and what is wrong with it. */
export async function listWorkflows(
  deps: FlowDeps,
  input: { projectId: string; branch?: string | undefined },
): Promise<WorkflowFileView[]> {
  const project = await findProject(deps.db, input.projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const commit = await deps.forge.head(project.id, input.branch ?? project.default_branch)
  if (!commit && input.branch !== undefined && input.branch !== project.default_branch) {
    throw new Failure('not-found', `There is no branch ${input.branch}.`)
  }
  if (!commit) return []
  const files = (await workflowFiles(deps.forge, project.id, commit)).slice(0, maxFiles)
  const views: WorkflowFileView[] = []
  for (const file of files) views.push(await view(deps, project.id, { commit, file }))
  return views
}

async function view(
  deps: FlowDeps,
  projectId: string,
  at: { commit: string; file: string },
): Promise<WorkflowFileView> {
  const name = at.file.split('/').pop() ?? at.file
  const empty = { file: at.file, name, on: [], inputs: [], jobs: [] }
  try {
    const source = await readWorkflow(deps.forge, projectId, at)
    const machines = (await livingWorkers(deps, deps.db)).flatMap((worker) => machineOf(worker).labels)
    const { workflow, diagnostics } = parseSource(source ?? { file: at.file, text: '' }, { machines })
    const said = diagnostics.map(({ severity, code, message, hint, start }) => {
      return { severity, code, message, hint: hint ?? null, line: start.line, column: start.column }
    })
    if (!workflow) return { ...empty, diagnostics: said }
    return {
      file: at.file,
      name: workflow.name ?? name,
      on: workflow.on.map((trigger) => trigger.event),
      inputs: (workflow.inputs ?? []).map((input) => ({ ...input, default: input.default ?? null })),
      jobs: workflow.jobs.map((job) => job.key),
      diagnostics: said,
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, message, hint } = error
    const said = { severity: 'error' as const, code, message, hint: hint ?? null, line: 1, column: 1 }
    return { ...empty, diagnostics: [said] }
  }
}
