import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { LandResult, PushResult, Signature } from '../port.ts'
import { branchRef, checkCommit, checkRef } from './names.ts'
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
  input: { tree: string; parents: string[]; message: string; author: Signature; committedAt?: number },
): Promise<string> {
  const parents = input.parents.flatMap((parent) => ['-p', checkCommit(parent)])
  const date = dateOf(input.author.at)
  const env = {
    GIT_AUTHOR_NAME: cleanName(input.author.name),
    GIT_AUTHOR_EMAIL: cleanName(input.author.email),
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: platformAuthor.name,
    GIT_COMMITTER_EMAIL: platformAuthor.email,
    GIT_COMMITTER_DATE: input.committedAt === undefined ? date : dateOf(input.committedAt),
  }
  const args = ['commit-tree', checkCommit(input.tree), ...parents, '-F', '-']
  const message = input.message.replaceAll('\0', '')
  return (await mustRun(runGit, { gitDir, args, input: message, env })).toString('utf8').trim()
}

/** The @ keeps git from reading small numbers as years; a commit of a hostile history may have any number. */
function dateOf(seconds: number): string {
  return `@${Math.min(Math.max(0, Math.floor(seconds) || 0), 2 ** 33)} +0000`
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

/** See the port: compare-and-set when the commit is named. */
export async function deleteBranch(
  repository: Repository,
  branch: string,
  expected?: string,
): Promise<boolean> {
  const { runGit, gitDir } = repository
  const ref = branchRef(branch)
  const args = ['update-ref', '--no-deref', '-d', ref, ...(expected ? [checkCommit(expected)] : [])]
  if (expected === undefined) {
    await mustRun(runGit, { gitDir, args })
    return true
  }
  const before = await resolveRef(repository, ref)
  if (before === undefined) return true
  if (before !== expected) return false
  const result = await runGit({ gitDir, args })
  if (result.exitCode === 0) return true
  const now = await resolveRef(repository, ref)
  if (now === undefined || now !== expected) return now === undefined
  throw new Failure('git-failed', `The branch could not be deleted: ${lastWords(result.stderr)}`, {
    retryable: true,
  })
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

/** See the port: git itself compares (--force-with-lease). */
export async function deleteAtOrigin(
  { runGit, gitDir }: Repository,
  input: {
    address: string
    receivePack: string | undefined
    branch: string
    expected: string
    settings: [string, string][]
    env: Record<string, string>
  },
): Promise<PushResult> {
  const ref = branchRef(input.branch)
  const result = await runGit({
    gitDir,
    args: [
      'push',
      '--porcelain',
      '--no-verify',
      '--no-recurse-submodules',
      ...(input.receivePack ? [`--receive-pack=${input.receivePack}`] : []),
      `--force-with-lease=${ref}:${checkCommit(input.expected)}`,
      '--',
      input.address,
      `:${ref}`,
    ],
    settings: input.settings,
    env: input.env,
    timeoutMs: pushMs,
  })
  if (result.exitCode === 0 || /remote ref does not exist/.test(result.stderr)) return { pushed: true }
  const lines = result.stdout.toString('utf8').split('\n')
  const refusal = lines.find((line) => line.startsWith('!'))
  // Somebody went on with it there, or it was never there: then it is not ours to delete.
  if (refusal?.includes('stale info')) return { pushed: true }
  if (refusal !== undefined)
    return { pushed: false, reason: lastWords(refusal.split('\t').at(-1) ?? refusal) }
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
