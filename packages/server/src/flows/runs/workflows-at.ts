import type { Diagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { Forge } from '../../forge/port.ts'
import { parseSource, readWorkflow, type WorkflowSource } from './workflow-source.ts'

/** Where workflow files stand in a repository. */
export const workflowFolders = ['.github/workflows/', '.signalbox/workflows/']

/** The paths of a commit's workflow files, in git's order. */
export async function workflowFiles(forge: Forge, projectId: string, commit: string): Promise<string[]> {
  const found = await Promise.all(
    workflowFolders.map((folder) => forge.listFiles(projectId, commit, folder.slice(0, -1))),
  )
  return found
    .flat()
    .filter(({ path, kind }) => /^[^/]+\/workflows\/[^/]+\.ya?ml$/.test(path) && kind !== 'symlink')
    .map(({ path }) => path)
}

/** A workflow file of a commit: understood, or what is wrong with it. */
export interface WorkflowAt {
  file: string
  source?: WorkflowSource
  workflow?: Workflow
  diagnostics: Diagnostic[]
}

/** More files than this start nothing by themselves: each is read and parsed for every event. */
export const maxWorkflows = 300

/** Reads and parses every workflow file of a commit; what cannot be read is a diagnostic of its file. */
export async function workflowsAt(forge: Forge, projectId: string, commit: string): Promise<WorkflowAt[]> {
  const found: WorkflowAt[] = []
  for (const file of (await workflowFiles(forge, projectId, commit)).slice(0, maxWorkflows)) {
    try {
      const source = await readWorkflow(forge, projectId, { commit, file })
      if (source) found.push({ file, source, ...parseSource(source) })
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { code, message, hint } = error
      const said = { severity: 'error' as const, code, message, ...(hint === undefined ? {} : { hint }) }
      found.push({ file, diagnostics: [{ ...said, file, start: { line: 1, column: 1 } }] })
    }
  }
  return found
}
