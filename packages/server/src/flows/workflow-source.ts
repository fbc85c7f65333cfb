import type { Diagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { madeWorkflowFiles, makeValidationWorkflow } from '@signalbox/core/workflow/make-workflows.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import type { Forge } from '../forge/port.ts'
import { builtinSignatures } from './action-signatures.ts'

const maxWorkflowBytes = 512 * 1024

export interface WorkflowSource {
  file: string
  text: string
  source: 'generated' | 'repository'
}

/** Parses with the built-in actions that the server brings; never throws. */
export function parseSource(source: { file: string; text: string }): {
  workflow?: Workflow
  diagnostics: Diagnostic[]
} {
  return parseWorkflow(source.file, source.text, { builtinActions: builtinSignatures })
}

/** The errors among the diagnostics, as one text of `file:line:column` lines, or undefined. */
export function errorsOf(diagnostics: Diagnostic[]): string | undefined {
  const errors = diagnostics.filter((d) => d.severity === 'error')
  if (errors.length === 0) return undefined
  return errors
    .slice(0, 10)
    .map((d) => `${d.file}:${d.start.line}:${d.start.column}: ${d.message}`)
    .join('\n')
}

/**
 * How a pull request into this base commit is proven: the base's own file, else one made from settings.
 * Read from the base, never from the change: nobody writes their own gate.
 */
export async function validationSource(
  forge: Forge,
  projectId: string,
  baseCommit: string | undefined,
  settings: ProjectSettings,
): Promise<WorkflowSource> {
  const file = madeWorkflowFiles.validation
  const own = baseCommit ? await readWorkflow(forge, projectId, { commit: baseCommit, file }) : undefined
  if (own) return own
  return { file, text: makeValidationWorkflow(settings.validation), source: 'generated' }
}

/**
 * A workflow file of a commit; undefined when there is none. Failures `not-a-file` (a link) and
 * `invalid-workflow` (too large: half of a gate would be no gate).
 */
export async function readWorkflow(
  forge: Forge,
  projectId: string,
  { commit, file }: { commit: string; file: string },
): Promise<WorkflowSource | undefined> {
  const found = await forge.readFile(projectId, commit, file, maxWorkflowBytes)
  if (!found) return undefined
  if (found.truncated) {
    const sizeKb = Math.ceil(found.sizeBytes / 1024)
    throw new Failure('invalid-workflow', `${file} has ${sizeKb} kB; a workflow has at most 512 kB.`, {
      hint: 'Make it smaller on the default branch, then validate again.',
    })
  }
  return { file, text: found.text, source: 'repository' }
}
