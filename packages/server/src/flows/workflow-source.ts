import type { Diagnostic } from '@signalbox/core/base/diagnostics.ts'
import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { madeWorkflowFiles, makeValidationWorkflow } from '@signalbox/core/workflow/make-workflows.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import type { Forge } from '../forge/port.ts'
import { builtinSignatures } from '../worker/actions/signatures.ts'

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
  const own = baseCommit ? await forge.readFile(projectId, baseCommit, file, maxWorkflowBytes) : undefined
  if (own) return { file, text: own.text, source: 'repository' }
  return { file, text: makeValidationWorkflow(settings.validation), source: 'generated' }
}
