import { mkdir, readFile as readFileText, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Forge } from '../port.ts'
import { followOrigin } from './follow-origin.ts'
import { importInto, reachSource, sweepDrafts } from './import-repository.ts'
import { keepCommit, keptNames, releaseCommit } from './kept-commits.ts'
import { maintain } from './maintain.ts'
import { mergeCommit } from './merge-commit.ts'
import * as refs from './move-refs.ts'
import { branchRef, parseSource } from './names.ts'
import { branches, commitFact, commitsBetween, mergeBase } from './read-branches.ts'
import { changedFiles, diff, listFiles, readFile } from './read-repository.ts'
import { createRunGit, type RunGit } from './run-git.ts'
import { initWith } from './write-repository.ts'

/** The local forge, and what its HTTP side needs of it. */
export interface LocalForge extends Forge {
  runGit: RunGit
  /** The empty folder that git takes for a home. */
  emptyHome: string
}

/**
 * A ref that git keeps in a file of its own, which wins over packed ones and is replaced by a rename: reading
 * it costs no process. Undefined: ask git.
 */
async function readLooseRef(gitDir: string, ref: string): Promise<string | undefined> {
  const text = await readFileText(join(gitDir, ref), 'utf8').catch(() => '')
  return /^([0-9a-f]{40}|[0-9a-f]{64})\n$/.exec(text)?.[1]
}

/**
 * The built-in forge: bare repositories in `dataDir/repositories/<projectId>.git`, worked on by git itself.
 * Makes its folders at once; Failure `git-failed` later when git is missing.
 */
export async function createLocalForge(deps: { dataDir: string; now?: () => number }): Promise<LocalForge> {
  const root = join(deps.dataDir, 'repositories')
  const emptyHome = join(deps.dataDir, 'git', 'home')
  const scratch = join(deps.dataDir, 'git', 'scratch')
  for (const folder of [root, emptyHome, scratch]) await mkdir(folder, { recursive: true, mode: 0o700 })
  await sweepDrafts(root)
  const runGit = createRunGit(emptyHome)
  const now = deps.now ?? Date.now

  function gitDir(projectId: string): string {
    if (!/^[0-9a-f-]{36}$/.test(projectId)) throw new Failure('repository-missing', 'That is no project id.')
    return join(root, `${projectId}.git`)
  }
  function at(projectId: string): refs.Repository {
    return { runGit, gitDir: gitDir(projectId) }
  }
  async function existing(projectId: string): Promise<{ defaultBranch: string; head: string } | undefined> {
    if (!(await stat(gitDir(projectId)).catch(() => undefined))) return undefined
    const args = ['symbolic-ref', '--short', 'HEAD']
    const result = await runGit({ gitDir: gitDir(projectId), args })
    const defaultBranch = result.stdout.toString('utf8').trim()
    const head = await refs.resolveRef(at(projectId), branchRef(defaultBranch))
    return head === undefined ? undefined : { defaultBranch, head }
  }

  return {
    runGit,
    emptyHome,
    gitDir,
    async importRepository({ projectId, source, branch }) {
      const found = await existing(projectId)
      return found ?? importInto(runGit, gitDir(projectId), { source, branch, scratch })
    },
    async initRepository({ projectId, files, message }) {
      const found = await existing(projectId)
      const atSeconds = Math.floor(now() / 1000)
      return found ?? initWith(runGit, gitDir(projectId), { files, message, atSeconds })
    },
    head: async (projectId, branch) => {
      const ref = branchRef(branch)
      return (await readLooseRef(gitDir(projectId), ref)) ?? refs.resolveRef(at(projectId), ref)
    },
    readFile: async (projectId, commit, path, maxBytes) =>
      readFile(runGit, gitDir(projectId), { commit, path, maxBytes }),
    listFiles: async (projectId, commit, prefix) => listFiles(runGit, gitDir(projectId), commit, prefix),
    diff: async (projectId, base, head, maxBytes) =>
      diff(runGit, gitDir(projectId), { base, head, maxBytes }),
    changedFiles: async (projectId, base, head) => changedFiles(runGit, gitDir(projectId), base, head),
    treeOf: async (projectId, commit) => refs.treeOf(at(projectId), commit),
    isAncestor: async (projectId, ancestor, descendant) =>
      refs.isAncestor(at(projectId), ancestor, descendant),
    commitTree: async ({ projectId, ...input }) => refs.commitTree(at(projectId), input),
    updateRef: async ({ projectId, ...input }) => refs.updateRef(at(projectId), input),
    deleteBranch: async (projectId, branch, expected) => refs.deleteBranch(at(projectId), branch, expected),
    branches: async (projectId) => branches(at(projectId)),
    commitsBetween: async (projectId, range) => commitsBetween(at(projectId), range),
    commitFact: async (projectId, commit) => commitFact(at(projectId), commit),
    mergeBase: async (projectId, one, other) => mergeBase(at(projectId), one, other),
    mergeCommit: async ({ projectId, ...input }) => mergeCommit(at(projectId), input),
    keepCommit: async (projectId, name, commit) => keepCommit(at(projectId), name, commit),
    releaseCommit: async (projectId, name) => releaseCommit(at(projectId), name),
    keptNames: async (projectId) => keptNames(at(projectId)),
    landCommit: async ({ projectId, ...input }) => refs.landCommit(at(projectId), input),
    followOrigin: async ({ projectId, ...input }) => followOrigin(at(projectId), { ...input, scratch }),
    async pushToOrigin({ projectId, origin, branch, commit }) {
      const reach = await reachSource(runGit, parseSource(origin), scratch)
      try {
        return await refs.pushToOrigin(at(projectId), { ...reach, branch, commit })
      } finally {
        await reach.done()
      }
    },
    async deleteAtOrigin({ projectId, origin, branch, expected }) {
      const reach = await reachSource(runGit, parseSource(origin), scratch)
      try {
        return await refs.deleteAtOrigin(at(projectId), { ...reach, branch, expected })
      } finally {
        await reach.done()
      }
    },
    maintain: async (projectId, signal) => maintain(at(projectId), { now: now(), signal }),
    removeRepository: async (projectId) => rm(gitDir(projectId), { recursive: true, force: true }),
  }
}
