import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { LandResult, MergeResult, PushResult, Signature } from '../port.ts'
import { branchRef, checkCommit, checkRef } from './names.ts'
import { splitNul } from './read-repository.ts'
import { lastWords, mustRun, type RunGit } from './run-git.ts'
import { platformAuthor } from './write-repository.ts'

/** One repository and the way to run git in it. */
export interface Repository {
  runGit: RunGit
  gitDir: string
}

/** Undefined: the ref does not exist. */
export async function resolveRef({ runGit, gitDir }: Repository, ref: string): Promise<string | undefined> {
  const result = await runGit({
    gitDir,
    args: ['rev-parse', '--verify', '--quiet', `${checkRef(ref)}^{commit}`],
  })
  return result.exitCode === 0 ? result.stdout.toString('utf8').trim() : undefined
}

/** See the port. */
export async function treeOf({ runGit, gitDir }: Repository, commit: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', `${checkCommit(commit)}^{tree}`]
  const result = await runGit({ gitDir, args })
  if (result.exitCode !== 0) throw new Failure('unknown-commit', 'The repository does not hold that commit.')
  return result.stdout.toString('utf8').trim()
}

/** See the port. */
export async function isAncestor(
  { runGit, gitDir }: Repository,
  ancestor: string,
  descendant: string,
): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', checkCommit(ancestor), checkCommit(descendant)]
  const result = await runGit({ gitDir, args })
  if (result.exitCode > 1) throw new Failure('unknown-commit', lastWords(result.stderr))
  return result.exitCode === 0
}

/** See the port. */
export async function commitTree(
  { runGit, gitDir }: Repository,
  input: { tree: string; parents: string[]; message: string; author: Signature },
): Promise<string> {
  const parents = input.parents.flatMap((parent) => ['-p', checkCommit(parent)])
  const date = `${Math.floor(input.author.at)} +0000`
  const env = {
    GIT_AUTHOR_NAME: cleanName(input.author.name),
    GIT_AUTHOR_EMAIL: cleanName(input.author.email),
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: platformAuthor.name,
    GIT_COMMITTER_EMAIL: platformAuthor.email,
    GIT_COMMITTER_DATE: date,
  }
  const args = ['commit-tree', checkCommit(input.tree), ...parents, '-F', '-']
  const message = input.message.replaceAll('\0', '')
  return (await mustRun(runGit, { gitDir, args, input: message, env })).toString('utf8').trim()
}

function cleanName(name: string): string {
  return name.replace(/[\x00-\x1f\x7f<>]/g, '').trim() || 'unknown'
}

/** See the port: compare-and-set, by git's own lock on the ref. */
export async function updateRef(
  repository: Repository,
  change: { ref: string; to: string; from: string | undefined },
): Promise<boolean> {
  const to = checkCommit(change.to)
  const from = change.from === undefined ? '0'.repeat(to.length) : checkCommit(change.from)
  const { runGit, gitDir } = repository
  const args = ['update-ref', '--no-deref', checkRef(change.ref), to, from]
  let result = await runGit({ gitDir, args })
  if (result.exitCode !== 0 && (await dropStaleLock(join(gitDir, `${change.ref}.lock`)))) {
    result = await runGit({ gitDir, args })
  }
  if (result.exitCode === 0) return true
  const now = await resolveRef(repository, change.ref)
  if (now === to) return true
  if (now !== change.from) return false
  const inTheWay = /'refs\/heads\/([^']+)' exists; cannot create/.exec(result.stderr)?.[1]
  if (inTheWay) {
    throw new Failure('invalid-ref', `A branch named ${inTheWay} is in the way of ${change.ref}.`, {
      hint: `Rename or delete it: git keeps branches as files, and ${inTheWay} would have to be a folder.`,
    })
  }
  throw new Failure('git-failed', `The branch could not be moved: ${lastWords(result.stderr)}`, {
    retryable: true,
  })
}

/** git holds a lock for milliseconds; one that is old was left by a git that was killed, and blocks for ever. */
const staleLockMs = 60_000

/** True when the lock was one of those and is gone now. */
export async function dropStaleLock(file: string): Promise<boolean> {
  const info = await stat(file).catch(() => undefined)
  if (!info || Date.now() - info.mtimeMs < staleLockMs) return false
  await rm(file, { force: true })
  return true
}

/** See the port. */
export async function mergeCommit(
  repository: Repository,
  input: { base: string; head: string; message: string },
): Promise<MergeResult> {
  const { runGit, gitDir } = repository
  const base = checkCommit(input.base)
  const head = checkCommit(input.head)
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', base, head]
  const result = await runGit({ gitDir, args, timeoutMs: 120_000 })
  const [tree = '', ...names] = splitNul(result.stdout)
  if (result.exitCode === 1) {
    const conflicts = [...new Set(names)]
    return { ok: false, conflicts, reason: `Both sides changed ${conflicts.slice(0, 5).join(', ')}.` }
  }
  if (/unrelated histories/.test(result.stderr)) {
    return { ok: false, conflicts: [], reason: 'The two branches have no common ancestor.' }
  }
  if (result.exitCode !== 0) throw new Failure('unknown-commit', lastWords(result.stderr))
  const dates = await mustRun(runGit, {
    gitDir,
    args: ['show', '--no-patch', '--format=%ct', base, head, '--'],
  })
  const at = Math.max(...dates.toString('utf8').trim().split('\n').map(Number))
  const author = { ...platformAuthor, at }
  const commit = await commitTree(repository, { tree, parents: [base, head], message: input.message, author })
  return { ok: true, commit, tree }
}

/** See the port: the tree that lands is the tree that was validated. */
export async function landCommit(
  repository: Repository,
  input: { branch: string; commit: string; expectedBase: string; expectedTree: string },
): Promise<LandResult> {
  const ref = branchRef(input.branch)
  await expectTree(repository, input.commit, input.expectedTree)
  const head = await resolveRef(repository, ref)
  if (head === undefined) throw new Failure('invalid-ref', `There is no branch ${input.branch}.`)
  if (await isAncestor(repository, input.commit, head)) return { landed: true, head }
  if (head !== input.expectedBase) return { landed: false, moved: true, head }
  if (!(await isAncestor(repository, head, input.commit))) {
    throw new Failure('not-fast-forward', 'The commit does not follow from the head of the branch.')
  }
  if (!(await updateRef(repository, { ref, to: input.commit, from: head }))) {
    const now = await resolveRef(repository, ref)
    if (now === undefined) throw new Failure('invalid-ref', `The branch ${input.branch} is gone.`)
    if (!(await isAncestor(repository, input.commit, now))) return { landed: false, moved: true, head: now }
  }
  const after = await resolveRef(repository, ref)
  if (after === undefined) throw new Failure('invalid-ref', `The branch ${input.branch} is gone.`)
  // Another change may have landed on top already; what is ours must still be in there with its own tree.
  if (!(await isAncestor(repository, input.commit, after))) {
    throw new Failure('tree-mismatch', 'The branch does not hold the commit that was landed.')
  }
  await expectTree(repository, input.commit, input.expectedTree)
  return { landed: true, head: after }
}

async function expectTree(repository: Repository, commit: string, expected: string): Promise<void> {
  const tree = await treeOf(repository, commit)
  if (tree === expected) return
  throw new Failure(
    'tree-mismatch',
    'The commit does not have the tree that was validated; nothing was merged.',
  )
}

/** See the port. */
export async function deleteBranch({ runGit, gitDir }: Repository, branch: string): Promise<void> {
  await mustRun(runGit, { gitDir, args: ['update-ref', '--no-deref', '-d', branchRef(branch)] })
}

/** A landing waits for its push: whoever does not answer for that long is tried again later. */
const pushMs = 60_000

/** See the port. A path's own hooks do not run: its configuration is not ours. */
export async function pushToOrigin(
  { runGit, gitDir }: Repository,
  input: {
    address: string
    receivePack: string | undefined
    branch: string
    commit: string
    settings: [string, string][]
    env: Record<string, string>
  },
): Promise<PushResult> {
  const result = await runGit({
    gitDir,
    args: [
      'push',
      '--porcelain',
      '--no-verify',
      '--no-recurse-submodules',
      ...(input.receivePack ? [`--receive-pack=${input.receivePack}`] : []),
      '--',
      input.address,
      `${checkCommit(input.commit)}:${branchRef(input.branch)}`,
    ],
    settings: input.settings,
    env: input.env,
    timeoutMs: pushMs,
  })
  if (result.exitCode === 0) return { pushed: true }
  const refusal = result.stdout
    .toString('utf8')
    .split('\n')
    .find((line) => line.startsWith('!'))
  if (refusal !== undefined) return { pushed: false, reason: reasonOf(refusal, input.branch) }
  throw new Failure('source-unreachable', `The origin could not be reached: ${lastWords(result.stderr)}`, {
    retryable: true,
  })
}

/** What git's porcelain line says for a person, with the next step where there is one. */
function reasonOf(refusal: string, branch: string): string {
  const words = lastWords(refusal.split('\t').at(-1) ?? refusal)
  if (!words.includes('branch is currently checked out')) return words
  return `The origin has ${branch} checked out, and a push would not change its files: use a bare repository, or check out another branch there.`
}
