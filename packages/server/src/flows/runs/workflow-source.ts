import type { Diagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { type ActionPolicy, checkActions } from '@signalbox/core/workflow/action-policy.ts'
import { actionsLockFile, parseActionsLock } from '@signalbox/core/workflow/actions-lock.ts'
import {
  type CalledSource,
  type CalledTexts,
  type LinkedWorkflow,
  linkWorkflow,
  loadWorkflow,
} from '@signalbox/core/workflow/link-calls.ts'
import { madeWorkflowFiles, makeValidationWorkflow } from '@signalbox/core/workflow/make-workflows.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import { splitUses } from '@signalbox/core/workflow/read/read-uses.ts'
import { remoteMissing } from '@signalbox/engine/job/source/folder-source.ts'
import type { RunRow } from '../../db/state-of.ts'
import type { Forge } from '../../forge/port.ts'
import { builtinSignatures } from './action-signatures.ts'

const maxWorkflowBytes = 512 * 1024

export interface WorkflowSource {
  file: string
  text: string
  /** Texts of the workflows that it calls, at the same commit. */
  called?: CalledTexts
  source: 'generated' | 'repository'
  /** The lock file of actions of the same commit. */
  lock?: string | null
}

/**
 * Parses a workflow and what it calls with the built-in actions that the server brings; never throws. `machines`:
 * labels of the workers that are there, for who looks at a file before it runs; later a worker may have gone, which
 * is no mistake of the file.
 */
export function parseSource(
  source: { file: string; text: string; called?: CalledTexts },
  { machines = ['*'] }: { machines?: readonly string[] } = {},
): LinkedWorkflow {
  return linkWorkflow(source, source.called ?? {}, { builtinActions: builtinSignatures, machines })
}

/** The workflow that a run was started with, and what it calls, as they were then. */
export function parseRun(run: Pick<RunRow, 'workflow_file' | 'workflow_text' | 'called_workflows'>) {
  const { workflow_file: file, workflow_text: text, called_workflows: called } = run
  return parseSource({ file, text, called })
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
  const root = { file, text: found.text }
  const source = calledSource(forge, projectId, commit)
  const { called } = await loadWorkflow(root, source, {
    builtinActions: builtinSignatures,
    machines: ['*'],
  })
  return { ...root, source: 'repository', called, lock: await readLock(forge, projectId, commit) }
}

/** Called workflows of the same commit; those of other repositories are refused. */
function calledSource(forge: Forge, projectId: string, commit: string): CalledSource {
  return async ({ file, repository }) => {
    if (repository !== undefined) throw remoteMissing(repository)
    const found = await forge.readFile(projectId, commit, file, maxWorkflowBytes)
    if (!found) throw new Failure('unknown-workflow', `there is no file ${file} in this commit`)
    if (found.truncated) throw new Failure('unknown-workflow', `${file} has more than 512 kB`)
    return found.text
  }
}

async function readLock(forge: Forge, projectId: string, commit: string): Promise<string | null> {
  const found = await forge.readFile(projectId, commit, actionsLockFile, maxWorkflowBytes)
  // Half a lock pins half of what it seems to: it is refused as one that cannot be read.
  return found ? (found.truncated ? '' : found.text) : null
}

/** What is wrong with the actions that a workflow names: with the lock file, and by the rules of the project. */
export function actionErrors(
  workflow: Workflow,
  lockText: string | null | undefined,
  policy: ActionPolicy,
): Diagnostic[] {
  const { lock, diagnostics } = readLockText(lockText)
  return [...diagnostics, ...checkActions(workflow, { policy, lock, isBuiltin })]
}

/** The lock of a run, as its row has it. */
export function readLockText(text: string | null | undefined) {
  return text === null || text === undefined ? { diagnostics: [] } : parseActionsLock(actionsLockFile, text)
}

function isBuiltin(uses: string): boolean {
  const name = splitUses(uses)?.name.toLowerCase()
  return builtinSignatures.some((action) => action.name.toLowerCase() === name)
}
