import { type RemoteStep, remoteSteps } from '@signalbox/core/workflow/action-policy.ts'
import {
  type ActionReference,
  actionReference,
  referenceKey,
  withinRepository,
} from '@signalbox/core/workflow/action-reference.ts'
import { type ActionsLock, lockedCommit } from '@signalbox/core/workflow/actions-lock.ts'
import type { Step, Workflow } from '@signalbox/core/workflow/model.ts'
import { parseAction } from '@signalbox/core/workflow/parse-action.ts'
import { isLocal } from '@signalbox/core/workflow/read/read-uses.ts'
import type { ActionSource, ResolvedAction } from './port.ts'

const maxActionBytes = 256 * 1024

/** An action of another repository that workflows use, directly or through a composite action. */
export interface UsedAction {
  key: string
  reference: ActionReference
  /** Where it is named: `file:line:column`, or the action that names it. */
  from: string
  /** What the lock says, or the ref itself. */
  locked: string | undefined
  /** What its ref is at its source now; undefined when that cannot be said. */
  current: string | undefined
  /** Why it cannot be had. */
  problem?: string
}

/** What is asked of: workflows that were read, the checkout's own actions, a source, the lock. */
export interface UsedQuestion {
  workflows: readonly Workflow[]
  /** The `action.yml` of a folder of the checkout; undefined without one. */
  readLocal(uses: string): string | undefined
  source: ActionSource
  lock: ActionsLock | undefined
  isBuiltin(uses: string): boolean
  signal: AbortSignal
}

/** Every action that workflows use, those within composite ones as their locked (else current) commits name them. */
export async function usedActions(question: UsedQuestion): Promise<UsedAction[]> {
  const found = new Map<string, UsedAction>()
  const seen = new Set<string>()
  async function visit(reference: ActionReference, from: string): Promise<void> {
    const key = referenceKey(reference)
    if (seen.has(`${key}/${reference.path}`)) return
    seen.add(`${key}/${reference.path}`)
    const known = found.get(key) ?? (await look(question, reference, from))
    found.set(key, known)
    if (known.problem !== undefined) return
    const commit = known.locked ?? known.current
    const tree = await question.source.resolve({ ...reference, commit }, question.signal)
    const text = await textOf(tree, reference.path)
    const action = text === undefined ? undefined : parseAction('action.yml', text).action
    if (action?.kind !== 'composite') return
    await visitSteps(action.steps, `within ${key}`, reference)
  }
  async function visitSteps(steps: readonly Step[], from: string, around?: ActionReference): Promise<void> {
    for (const step of steps) {
      if (step.kind !== 'uses') continue
      const uses = around ? withinRepository(step.uses, around) : step.uses
      if (isLocal(uses)) await visitLocal(uses, from)
      else if (!question.isBuiltin(uses)) {
        const reference = actionReference(uses)
        if (reference) await visit(reference, from)
      }
    }
  }
  async function visitLocal(uses: string, from: string): Promise<void> {
    if (seen.has(uses)) return
    seen.add(uses)
    const text = question.readLocal(uses)
    const action = text === undefined ? undefined : parseAction(`${uses}/action.yml`, text).action
    if (action?.kind === 'composite') await visitSteps(action.steps, `${from}, by ${uses}`)
  }
  for (const workflow of question.workflows) {
    for (const one of remoteSteps(workflow, question.isBuiltin)) await visit(one.reference, placeOf(one))
    for (const job of workflow.jobs) {
      await visitSteps(
        job.steps.filter((step) => step.kind === 'uses' && isLocal(step.uses)),
        workflow.file,
      )
    }
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

function placeOf({ file, step }: RemoteStep): string {
  return `${file}:${step.usesStart.line}:${step.usesStart.column}`
}

async function look(
  { source, lock, signal }: UsedQuestion,
  reference: ActionReference,
  from: string,
): Promise<UsedAction> {
  const base = { key: referenceKey(reference), reference, from, locked: lockedCommit(lock, reference) }
  try {
    const current = await source.commitOf(reference, signal)
    if (current !== undefined || base.locked !== undefined) return { ...base, current }
    return { ...base, current, problem: 'there is no such branch or tag, or it is a folder of no commit' }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return base.locked === undefined
      ? { ...base, current: undefined, problem }
      : { ...base, current: undefined }
  }
}

async function textOf(tree: ResolvedAction, path: string): Promise<string | undefined> {
  for (const name of ['action.yml', 'action.yaml']) {
    const file = path === '' ? name : `${path}/${name}`
    const bytes = await tree.readFile(file, { maxBytes: maxActionBytes })
    if (bytes) return Buffer.from(bytes).toString()
  }
  return undefined
}
