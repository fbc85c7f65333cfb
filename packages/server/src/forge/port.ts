/** A commit that was looked at: 40 or 64 lower-case hex digits. */
export type CommitId = string

/** Who a commit is by; `at` is in seconds since the epoch, so that a commit made twice is the same commit. */
export interface Signature {
  name: string
  email: string
  at: number
}

/** One entry of a tree. Only `file` and `executable` have content; a symlink's target is never followed. */
export interface RepositoryEntry {
  path: string
  kind: 'file' | 'executable' | 'symlink' | 'submodule'
}

export interface RepositoryFile {
  text: string
  sizeBytes: number
  /** The text was cut at the asked length. */
  truncated: boolean
}

/** What a push may not do to a branch. */
export interface BranchRule {
  noPush: boolean
  noForcePush: boolean
  noDelete: boolean
}

/** How two branches become what lands: a merge commit, one commit, or each commit again on top of the base. */
export type MergeMethod = 'merge' | 'squash' | 'rebase'

/**
 * `conflicts` names the files; empty when git could not even try (no common ancestor). `marked`: the tree of the
 * merge with conflict markers in these files, where there is one.
 */
export type MergeResult =
  | { ok: true; commit: CommitId; tree: string }
  | { ok: false; conflicts: string[]; reason: string; marked?: string }

/** A commit that a branch adds, as its author wrote it. */
export interface CommitFact {
  id: CommitId
  author: Signature
  subject: string
  /** Without the subject. */
  body: string
}

/** `moved`: the branch is no longer at `expectedBase`; nothing was changed, `head` is where it is. */
export type LandResult = { landed: true; head: CommitId } | { landed: false; moved: true; head: CommitId }

/** `refused`: the other side has commits that we do not have, or forbids the push; `reason` is for a person. */
export type PushResult = { pushed: true } | { pushed: false; reason: string }

/** `diverged`: both sides have commits that the other lacks; nothing was changed. */
export type FollowResult =
  | { state: 'current' | 'moved'; head: CommitId }
  | { state: 'diverged'; head: CommitId; origin: CommitId }

/**
 * Where a project's commits live. Repositories are named by project id; every call may run beside every
 * other, in several processes: refs only move by compare-and-set.
 *
 * Idempotent: `importRepository` and `initRepository` (an existing repository is returned as it is),
 * `mergeCommit` and `commitTree` (same input, same commit), `landCommit` (a commit that is already in the
 * branch counts as landed), `deleteBranch`, `removeRepository`.
 *
 * Failures: `invalid-source`, `unsupported-source`, `source-unreachable`, `empty-repository`,
 * `repository-missing`, `unknown-commit`, `invalid-ref`, `invalid-path`, `not-a-file`, `tree-mismatch`,
 * `not-fast-forward`, `too-many-commits`, `git-failed` (retryable when it was a time-out or a lock).
 */
export interface Forge {
  /** Mirrors branches and tags of a path on this machine, or of an https, ssh or git URL. */
  importRepository(input: {
    projectId: string
    source: string
    branch?: string
  }): Promise<{ defaultBranch: string; head: CommitId }>
  /** Makes a repository whose only commit, on `main`, holds these files. */
  initRepository(input: {
    projectId: string
    files: { path: string; content: string | Uint8Array; executable?: boolean }[]
    message: string
  }): Promise<{ defaultBranch: string; head: CommitId }>
  /** Undefined: no such branch. */
  head(projectId: string, branch: string): Promise<CommitId | undefined>
  /** Undefined: no such file. */
  readFile(
    projectId: string,
    commit: CommitId,
    path: string,
    maxBytes: number,
  ): Promise<RepositoryFile | undefined>
  /** Every entry below the folder `prefix` (empty: all), in git's order. */
  listFiles(projectId: string, commit: CommitId, prefix: string): Promise<RepositoryEntry[]>
  /** As a pull request shows it: from the common ancestor of both to `head`, cut at a line's end. */
  diff(
    projectId: string,
    base: CommitId,
    head: CommitId,
    maxBytes: number,
  ): Promise<{ diff: string; truncated: boolean }>
  /**
   * Paths whose content differs between the two trees, a renamed file by both names. To know what a pull
   * request changes when it lands, ask with its base and its merge commit.
   */
  changedFiles(projectId: string, base: CommitId, head: CommitId): Promise<string[]>
  treeOf(projectId: string, commit: CommitId): Promise<string>
  /** True when `ancestor` is `descendant` or among its ancestors. */
  isAncestor(projectId: string, ancestor: CommitId, descendant: CommitId): Promise<boolean>
  commitTree(input: {
    projectId: string
    tree: string
    parents: CommitId[]
    message: string
    author: Signature
  }): Promise<CommitId>
  /** Compare-and-set; `from` undefined: the ref must not exist. False: it is elsewhere, nothing changed. */
  updateRef(input: {
    projectId: string
    ref: string
    to: CommitId
    from: CommitId | undefined
  }): Promise<boolean>
  /** With `expected`, only while the branch stands there. False: it is elsewhere and stays. */
  deleteBranch(projectId: string, branch: string, expected?: CommitId): Promise<boolean>
  /** All branches by name. */
  branches(projectId: string): Promise<Map<string, CommitId>>
  /** What `head` has beyond `base`, oldest first, merges left out; at most `limit`, the newest of them. */
  commitsBetween(
    projectId: string,
    range: { base: CommitId; head: CommitId; limit: number },
  ): Promise<CommitFact[]>
  /** One commit, a merge too, with its parents. */
  commitFact(projectId: string, commit: CommitId): Promise<CommitFact & { parents: CommitId[] }>
  /** The best common ancestor; undefined when the two have none. */
  mergeBase(projectId: string, one: CommitId, other: CommitId): Promise<CommitId | undefined>
  /**
   * Brings `head` onto `base` by the method, without touching any branch; the same input makes the same commits.
   * The committer is the platform; squashed and replayed commits keep their author. `message` is of the merge
   * commit or the squashed one. Failure `too-many-commits` for a rebase of more than 200.
   */
  mergeCommit(input: {
    projectId: string
    base: CommitId
    head: CommitId
    message: string
    method?: MergeMethod
  }): Promise<MergeResult>
  /** Keeps a commit from being cleared away, under a name of ours that no client sees; moves it when it is there. */
  keepCommit(projectId: string, name: string, commit: CommitId): Promise<void>
  /** Lets a kept commit go, with everything below that name. */
  releaseCommit(projectId: string, name: string): Promise<void>
  /** The names that hold commits, by `keepCommit`. */
  keptNames(projectId: string): Promise<string[]>
  /** Moves the branch from `expectedBase` to exactly this commit, whose tree is `expectedTree`. */
  landCommit(input: {
    projectId: string
    branch: string
    commit: CommitId
    expectedBase: CommitId
    expectedTree: string
  }): Promise<LandResult>
  /** Takes over what the origin's branch has beyond ours, fast-forward only. `source-unreachable` is retryable. */
  followOrigin(input: { projectId: string; origin: string; branch: string }): Promise<FollowResult>
  /** Sends a landed commit to the project's origin, fast-forward only. */
  pushToOrigin(input: {
    projectId: string
    origin: string
    branch: string
    commit: CommitId
  }): Promise<PushResult>
  /** Deletes the origin's branch while it stands at exactly this commit; a branch that is not there is no refusal. */
  deleteAtOrigin(input: {
    projectId: string
    origin: string
    branch: string
    expected: CommitId
  }): Promise<PushResult>
  /**
   * Packs what was written since, and drops what no branch has led to for two weeks; at most once a day, at low
   * priority, ended by the signal. `busy`: somebody else holds the repository; a later call tries again.
   */
  maintain(projectId: string, signal?: AbortSignal): Promise<'done' | 'not-due' | 'busy' | 'stopped'>
  /** The bare repository's folder, for the engine's checkout. */
  gitDir(projectId: string): string
  removeRepository(projectId: string): Promise<void>
}
