import type { Diagnostic } from '../base/diagnostics.ts'
import { type ActionReference, actionReference, repositoryOf } from './action-reference.ts'
import { type ActionsLock, actionsLockFile, lockedCommit } from './actions-lock.ts'
import type { UsesStep, Workflow } from './model.ts'
import { isLocal } from './read/read-uses.ts'

/** Which actions of other repositories a project lets in. */
export interface ActionPolicy {
  /**
   * `owner/*`, `owner/repo`, `owner/repo@ref`, `owner/repo@v*`; `*` is every action of the usual host. Those of a host
   * that `uses` names itself only by patterns that begin with it: `https://host/*`.
   */
  allow: readonly string[]
  /** Whose ref must be a whole commit id or stand in the lock file; `third-party` is all but `actions/*`. */
  pinRequired: 'never' | 'third-party' | 'always'
}

/** Why an action may not be used, as a diagnostic without its place. */
export interface ActionRefusal {
  code: 'action-not-allowed' | 'action-not-pinned'
  message: string
  hint: string
}

/** What a policy says against an action; undefined: it may be used. */
export function actionRefusal(
  policy: ActionPolicy,
  reference: ActionReference,
  lock: ActionsLock | undefined,
): ActionRefusal | undefined {
  const name = repositoryOf(reference)
  const full = `${name}@${reference.ref}`
  if (!policy.allow.some((pattern) => matches(pattern, reference))) {
    return {
      code: 'action-not-allowed',
      message: `the project does not allow the action ${full}`,
      hint: `Somebody who may change its settings adds ${name} to actions.allow.`,
    }
  }
  if (!mustPin(policy, reference) || lockedCommit(lock, reference) !== undefined) return undefined
  return {
    code: 'action-not-pinned',
    message: `${full} may become another commit any time, and the project wants to know which`,
    hint: `Run "signalbox actions lock" and commit ${actionsLockFile}, or name a whole commit id.`,
  }
}

function mustPin({ pinRequired }: ActionPolicy, { host, owner }: ActionReference): boolean {
  if (pinRequired === 'third-party') return host !== undefined || owner.toLowerCase() !== 'actions'
  return pinRequired === 'always'
}

function matches(pattern: string, reference: ActionReference): boolean {
  // A lone star stays with the usual host: a workflow could name any machine of the network.
  if ((reference.host === undefined) === pattern.startsWith('https://')) return false
  const at = pattern.indexOf('@')
  const name = at < 0 ? pattern : pattern.slice(0, at)
  if (!glob(name.toLowerCase(), repositoryOf(reference).toLowerCase())) return false
  return at < 0 || glob(pattern.slice(at + 1), reference.ref)
}

/** `*` stands for anything, slashes too: what it allows is meant to be read at a glance. */
function glob(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const first = parts.shift() ?? ''
  const last = parts.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false
  let rest = text.slice(first.length, text.length - last.length)
  for (const part of parts) {
    const found = rest.indexOf(part)
    if (found < 0) return false
    rest = rest.slice(found + part.length)
  }
  return true
}

/** A step that uses an action of another repository, and the file in which it stands. */
export interface RemoteStep {
  file: string
  step: UsesStep
  reference: ActionReference
}

/** The steps of a workflow, and of those that it calls, that use actions of other repositories. */
export function remoteSteps(workflow: Workflow, isBuiltin: (uses: string) => boolean): RemoteStep[] {
  return workflow.jobs.flatMap((job) => {
    const called = job.call?.workflow ? remoteSteps(job.call.workflow, isBuiltin) : []
    const own = job.steps.flatMap((step) => {
      if (step.kind !== 'uses' || isLocal(step.uses) || isBuiltin(step.uses)) return []
      const reference = actionReference(step.uses)
      return reference ? [{ file: workflow.file, step, reference }] : []
    })
    return [...own, ...called]
  })
}

/** What a policy says against the actions that a workflow names, each with its place. */
export function checkActions(
  workflow: Workflow,
  rules: { policy: ActionPolicy; lock: ActionsLock | undefined; isBuiltin: (uses: string) => boolean },
): Diagnostic[] {
  return remoteSteps(workflow, rules.isBuiltin).flatMap(({ file, step, reference }) => {
    const refusal = actionRefusal(rules.policy, reference, rules.lock)
    return refusal ? [{ ...refusal, severity: 'error' as const, file, start: step.usesStart }] : []
  })
}
