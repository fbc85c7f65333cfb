import { formatDiagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { actionRefusal } from '@signalbox/core/workflow/action-policy.ts'
import {
  type ActionReference,
  actionReference,
  isOwn,
  ownReference,
  referenceKey,
  repositoryOf,
  withinRepository,
} from '@signalbox/core/workflow/action-reference.ts'
import { lockedCommit } from '@signalbox/core/workflow/actions-lock.ts'
import type { Step, UsesStep } from '@signalbox/core/workflow/model.ts'
import { parseAction, type RepositoryAction } from '@signalbox/core/workflow/parse-action.ts'
import { isLocal, splitUses } from '@signalbox/core/workflow/read/read-uses.ts'
import { gitTree } from '../../action-source/git-tree.ts'
import type { ResolvedAction } from '../../action-source/port.ts'
import type { JobState } from '../job-state.ts'
import type { JobDependencies } from '../port.ts'
import { places } from '../steps/step-files.ts'

/** GitHub's limit on actions within actions. */
export const maxDepth = 10
/** An `action.yml` is at most this large. */
export const maxActionBytes = 256 * 1024
const maxTreeBytes = 512 * 1024 * 1024
const maxRepositories = 100

/** A repository of actions at one commit, in the sandbox. */
export interface RemoteRepository {
  reference: ActionReference
  tree: ResolvedAction
  /** Where its files are in the sandbox. */
  folder: string
  /** By folder within it; empty for its root. */
  actions: Map<string, RepositoryAction>
}

/** The action of another repository that a step runs; undefined for one of the workspace and a built-in one. */
export function remoteOf(dependencies: JobDependencies, step: Step): ActionReference | undefined {
  if (step.kind !== 'uses' || isLocal(step.uses)) return undefined
  const own = ownReference(step.uses)
  if (own) return own
  const reference = actionReference(step.uses)
  if (!reference) return undefined
  if (dependencies.actionSource?.replaces(reference)) return reference
  return findBuiltin(dependencies, step.uses) ? undefined : reference
}

/** The built-in action that a `uses:` names, whatever its version and case. */
export function findBuiltin({ builtins }: Pick<JobDependencies, 'builtins'>, uses: string) {
  const name = splitUses(uses)?.name ?? uses
  return (
    builtins.get(name) ??
    [...builtins.values()].find((action) => action.name.toLowerCase() === name.toLowerCase())
  )
}

/** A remote action that was made ready, with its folder in the sandbox. */
export function preparedAction(
  state: JobState,
  reference: ActionReference,
): { action: RepositoryAction; folder: string; root: string } | undefined {
  const repository = state.remote.get(referenceKey(reference))
  const action = repository?.actions.get(reference.path)
  if (!repository || !action) return undefined
  const { folder: root } = repository
  return { action, folder: `${root}${reference.path && `/${reference.path}`}`, root }
}

/**
 * Brings the actions of other repositories that steps name, and those that these name, into the sandbox; `say` hears
 * of each with its commit. Failures of the source, and `unsupported-action`, `invalid-action`, `unknown-action`.
 */
export async function bringActions(
  state: JobState,
  steps: readonly Step[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const missing = new Set<RemoteRepository>()
  await gather({ state, say, signal, missing, seen: new Set() }, steps, state.scope.depth + 1)
  for (const repository of missing) await place(state, repository, signal)
}

/** Puts what was brought into a sandbox that took the place of another. */
export async function placeAgain(state: JobState): Promise<void> {
  for (const repository of state.remote.values()) await place(state, repository)
}

interface Gathering {
  state: JobState
  say: (line: string) => void
  signal: AbortSignal
  missing: Set<RemoteRepository>
  seen: Set<string>
}

async function gather(gathering: Gathering, steps: readonly Step[], depth: number): Promise<void> {
  const { state, seen } = gathering
  const wanted = steps.flatMap((step) => {
    const reference = remoteOf(state.dependencies, step)
    return reference && step.kind === 'uses' ? [{ step, reference }] : []
  })
  if (wanted.length > 0 && depth > maxDepth) {
    throw new Failure('too-deep', `actions call each other more than ${maxDepth} deep`)
  }
  await resolveAll(gathering, wanted)
  for (const { step, reference } of wanted) {
    const key = `${referenceKey(reference)}/${reference.path}`
    if (seen.has(key)) continue
    seen.add(key)
    const action = await readRemote(state, step, reference)
    if (action.kind === 'composite') await gather(gathering, action.steps, depth + 1)
  }
}

/** Asks for all that are not there side by side: each is another repository. */
async function resolveAll(
  { state, say, signal, missing }: Gathering,
  wanted: ReadonlyArray<{ step: UsesStep; reference: ActionReference }>,
): Promise<void> {
  const asked = new Map<string, Promise<RemoteRepository>>()
  for (const { step, reference } of wanted) {
    const key = referenceKey(reference)
    if (state.remote.has(key) || asked.has(key)) continue
    if (state.remote.size + asked.size >= maxRepositories) {
      throw new Failure('too-many-actions', `a job uses at most ${maxRepositories} repositories of actions`)
    }
    const repository = resolveOne(state, { step, reference }, signal)
    // All are waited for below, in order; the first failure is told, the others not.
    repository.catch(() => {})
    asked.set(key, repository)
  }
  for (const [key, asking] of asked) {
    const repository = await asking
    const { commit, from } = repository.tree
    const { reference } = repository
    const of = isOwn(reference) ? '$' : `${repositoryOf(reference)}@${reference.ref}`
    const locked = state.request.actions?.lock?.has(key) ? ', locked' : ''
    say(`${of}: ${commit ? `commit ${commit}` : 'a plain folder, of no commit'} (${from}${locked})`)
    state.remote.set(key, repository)
    missing.add(repository)
  }
}

async function resolveOne(
  { dependencies, request }: JobState,
  { step, reference }: { step: UsesStep; reference: ActionReference },
  signal: AbortSignal,
): Promise<RemoteRepository> {
  if (isOwn(reference)) {
    const { gitDir, commit } = request.checkout
    const folder = `${places.actions}/self`
    return { reference, tree: gitTree(gitDir, commit, 'repository'), folder, actions: new Map() }
  }
  const { policy, lock } = request.actions ?? {}
  const refusal = policy && actionRefusal(policy, reference, lock)
  if (refusal) throw new Failure(refusal.code, refusal.message, { hint: refusal.hint })
  const source = dependencies.actionSource
  if (!source) {
    throw new Failure('unsupported-action', `there is no ${step.uses} here, and nowhere to get it from`, {
      hint: 'Put a checkout of it into a folder and name that by --actions-dir.',
    })
  }
  const tree = await source.resolve({ ...reference, commit: lockedCommit(lock, reference) }, signal)
  const { host, owner, repo, ref } = reference
  const names = [...(host === undefined ? [] : [host.replace(/^https?:\/\//, '')]), owner, repo, ref]
  return { reference, tree, folder: [places.actions, ...names].join('/'), actions: new Map() }
}

async function readRemote(
  state: JobState,
  step: UsesStep,
  reference: ActionReference,
): Promise<RepositoryAction> {
  const repository = state.remote.get(referenceKey(reference))
  if (!repository) throw new Failure('unknown-action', `${step.uses} was not brought`)
  const known = repository.actions.get(reference.path)
  if (known) return known
  const inFolder = reference.path === '' ? '' : `${reference.path}/`
  for (const name of ['action.yml', 'action.yaml']) {
    const bytes = await repository.tree.readFile(`${inFolder}${name}`, { maxBytes: maxActionBytes })
    if (bytes === undefined) continue
    const action = atReference(understand(state, `${step.uses}/${name}`, bytes), reference)
    repository.actions.set(reference.path, action)
    return action
  }
  const docker = await repository.tree.readFile(`${inFolder}Dockerfile`, { maxBytes: maxActionBytes })
  if (docker) throw new Failure('unsupported-action', `${step.uses} is a Docker action: ${dockerHint}`)
  throw new Failure('unknown-action', `there is no action.yml in ${step.uses}`, {
    hint: 'Name the folder of the action: owner/repository/folder@ref.',
  })
}

/** `$/path` within an action of another repository is of that one, at the same ref. */
function atReference(action: RepositoryAction, reference: ActionReference): RepositoryAction {
  if (action.kind !== 'composite' || isOwn(reference)) return action
  const steps = action.steps.map((step) =>
    step.kind === 'uses' ? { ...step, uses: withinRepository(step.uses, reference) } : step,
  )
  return { ...action, steps }
}

const dockerHint = 'these cannot run here, a job has a sandbox and no containers'

/** Parses an `action.yml`. Failure `invalid-action` with every place that is wrong. */
export function understand(state: JobState, file: string, bytes: Uint8Array): RepositoryAction {
  const { builtins, actionSource } = state.dependencies
  const { action, diagnostics } = parseAction(file, new TextDecoder().decode(bytes), {
    builtinActions: [...builtins.values()],
    isReplaced: (uses) => isReplaced(actionSource, uses),
  })
  if (action) return action
  const said = diagnostics.slice(0, 10).map(formatDiagnostic).join('\n')
  throw new Failure('invalid-action', `${file} cannot be used:\n${said}`)
}

/** For the parser: whether a source of actions stands above the built-in one of this name. */
export function isReplaced(source: JobDependencies['actionSource'], uses: string): boolean {
  const reference = source && actionReference(uses)
  return reference !== undefined && source?.replaces(reference) === true
}

async function place(
  state: JobState,
  { tree, folder }: RemoteRepository,
  signal?: AbortSignal,
): Promise<void> {
  await state.sandbox.putArchive(tree.archive({ maxBytes: maxTreeBytes, signal }), folder)
}
