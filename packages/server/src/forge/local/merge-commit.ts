import { Failure } from '@signalbox/core/base/failure.ts'
import type { MergeMethod, MergeResult } from '../port.ts'
import { commitTree, type Repository, treeOf } from './move-refs.ts'
import { checkCommit } from './names.ts'
import { commitsBetween } from './read-branches.ts'
import { splitNul } from './read-repository.ts'
import { lastWords, mustRun } from './run-git.ts'
import { platformAuthor } from './write-repository.ts'

const replayedAtMost = 200

interface MergeInput {
  base: string
  head: string
  message: string
  method?: MergeMethod
}

/** See the port. All by plumbing on trees: nothing is checked out, no hook and no merge driver of the repository runs. */
export async function mergeCommit(repository: Repository, input: MergeInput): Promise<MergeResult> {
  checkCommit(input.base)
  checkCommit(input.head)
  if (input.method === 'rebase') return await replay(repository, input)
  const merged = await mergeTrees(repository, input.base, input.head)
  if (!merged.ok) return merged
  const at = await laterOf(repository, input)
  const squash = input.method === 'squash'
  const newest = squash ? await commitsBetween(repository, { ...input, limit: 1 }) : []
  const author = newest[0]?.author ?? { ...platformAuthor, at }
  const commit = await commitTree(repository, {
    tree: merged.tree,
    parents: squash ? [input.base] : [input.base, input.head],
    message: input.message,
    author,
    committedAt: at,
  })
  return { ok: true, commit, tree: merged.tree }
}

type TreeResult = { ok: true; tree: string } | Extract<MergeResult, { ok: false }>

async function mergeTrees({ runGit, gitDir }: Repository, ours: string, theirs: string): Promise<TreeResult> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs]
  const result = await runGit({ gitDir, args, timeoutMs: 120_000 })
  const [tree = '', ...names] = splitNul(result.stdout)
  if (result.exitCode === 1) {
    const conflicts = [...new Set(names)]
    const reason = `Both sides changed ${conflicts.slice(0, 5).join(', ')}.`
    return { ok: false, conflicts, reason, marked: tree }
  }
  if (/unrelated histories/.test(result.stderr)) {
    return { ok: false, conflicts: [], reason: 'The two branches have no common ancestor.' }
  }
  if (result.exitCode !== 0) throw new Failure('unknown-commit', lastWords(result.stderr))
  return { ok: true, tree }
}

/** In seconds: the same input has the same time, so that a commit made twice is the same commit. */
async function laterOf({ runGit, gitDir }: Repository, { base, head }: MergeInput): Promise<number> {
  const args = ['show', '--no-patch', '--format=%ct', base, head, '--']
  const dates = await mustRun(runGit, { gitDir, args })
  return Math.max(...dates.toString('utf8').trim().split('\n').map(Number))
}

/** Each commit again on top of the base, oldest first; merges in between are left out, as `git rebase` does. */
async function replay(repository: Repository, input: MergeInput): Promise<MergeResult> {
  const { base, head } = input
  const commits = await commitsBetween(repository, { base, head, limit: replayedAtMost + 1 })
  if (commits.length > replayedAtMost) {
    throw new Failure('too-many-commits', `The branch has more than ${replayedAtMost} commits to replay.`, {
      hint: 'Let this project merge or squash instead, or put the commits of the branch together.',
    })
  }
  const committedAt = await laterOf(repository, input)
  let tip = base
  let tree = await treeOf(repository, base)
  for (const { id, author } of commits) {
    const parent = await firstParent(repository, id)
    if (!parent) return { ok: false, conflicts: [], reason: 'The two branches have no common ancestor.' }
    // A commit of our tip's tree over the old parent: git then takes that parent for the common ancestor.
    const platform = { ...platformAuthor, at: committedAt }
    const ours = await commitTree(repository, { tree, parents: [parent], message: '', author: platform })
    const picked = await mergeTrees(repository, ours, id)
    // What is marked there is half of the branch only: nobody could go on from it.
    if (!picked.ok) return { ok: false, conflicts: picked.conflicts, reason: picked.reason }
    // The base has it already.
    if (picked.tree === tree) continue
    const message = await messageOf(repository, id)
    tree = picked.tree
    tip = await commitTree(repository, { tree, parents: [tip], message, author, committedAt })
  }
  if (tip === base) {
    return { ok: false, conflicts: [], reason: 'The base holds all of its commits already: nothing is left.' }
  }
  return { ok: true, commit: tip, tree }
}

async function firstParent({ runGit, gitDir }: Repository, commit: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', `${checkCommit(commit)}^1`]
  const result = await runGit({ gitDir, args })
  return result.exitCode === 0 ? result.stdout.toString('utf8').trim() : undefined
}

async function messageOf({ runGit, gitDir }: Repository, commit: string): Promise<string> {
  const args = ['show', '--no-patch', '--format=%B', checkCommit(commit), '--']
  return (await mustRun(runGit, { gitDir, args })).toString('utf8')
}
