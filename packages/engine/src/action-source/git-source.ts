import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { isCommitId, repositoryOf } from '@signalbox/core/workflow/action-reference.ts'
import { gitTree } from './git-tree.ts'
import type { ActionSource, ResolvedAction, WantedAction } from './port.ts'
import { mustGit, type SourceGitCall, sourceGit, wordsOf } from './source-git.ts'

/** Where fetched actions are kept, and where they come from. */
export interface GitSourceOptions {
  /** The cache: one bare repository for each commit, `host/owner/repo/commit.git`. */
  dir: string
  /** `https://github.com`, or another server with `owner/repo` below it. */
  url: string
  /** How long one question to the server may take; 2 minutes by default. */
  timeoutMs?: number
  /** What a fetched repository may take on the disk; 1 GB by default. */
  maxBytes?: number
}

/**
 * Actions fetched by git, without history, into a cache by commit. A commit that is there is never asked for again,
 * and needs no network; a branch or tag is asked for each time. A fetch goes into a folder beside and is renamed when
 * it is whole, so that a crash leaves nothing that looks like an action. Fetches of one commit at once are one.
 */
export function createGitSource(options: GitSourceOptions): ActionSource {
  const inFlight = new Map<string, Promise<void>>()

  async function commitOf(wanted: WantedAction, signal?: AbortSignal): Promise<string | undefined> {
    if (isCommitId(wanted.ref)) return wanted.ref
    return await askRef(options, wanted, signal)
  }

  async function resolve(wanted: WantedAction, signal?: AbortSignal): Promise<ResolvedAction> {
    const commit = wanted.commit ?? (await commitOf(wanted, signal))
    if (commit === undefined) {
      throw new Failure('action-not-found', `${repositoryOf(wanted)} has no branch and no tag ${wanted.ref}.`)
    }
    const target = placeOf(options, wanted, commit)
    if (existsSync(target)) {
      const now = new Date()
      // Its age says when it was last used.
      await utimes(target, now, now).catch(() => {})
      return gitTree(target, commit, 'cache')
    }
    let fetching = inFlight.get(target)
    if (!fetching) {
      // Several jobs may wait for it: no one of them ends it for the others.
      fetching = fetchCommit(options, wanted, { commit, target }).finally(() => inFlight.delete(target))
      inFlight.set(target, fetching)
    }
    await orAborted(fetching, signal)
    return gitTree(target, commit, 'network')
  }

  return { replaces: () => false, commitOf, resolve }
}

function baseOf({ url }: GitSourceOptions, { host }: WantedAction): string {
  return (host ?? url).replace(/\/+$/, '')
}

function urlOf(options: GitSourceOptions, wanted: WantedAction): string {
  return `${baseOf(options, wanted)}/${wanted.owner}/${wanted.repo}`
}

function placeOf(options: GitSourceOptions, wanted: WantedAction, commit: string): string {
  const host = baseOf(options, wanted)
    .replace(/^https?:\/\//, '')
    .replace(/[^A-Za-z0-9.-]/g, '_')
  const name = `${wanted.owner}/${wanted.repo}`.toLowerCase()
  return join(options.dir, host, name, `${commit}.git`)
}

function protocolOf(url: string): NonNullable<SourceGitCall['protocol']> {
  return url.startsWith('http://') ? 'http' : 'https'
}

/** What a tag or a branch is at the server; tags first, as GitHub does, and what an annotated one points to. */
async function askRef(
  options: GitSourceOptions,
  wanted: WantedAction,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const url = urlOf(options, wanted)
  const names = [`refs/tags/${wanted.ref}^{}`, `refs/tags/${wanted.ref}`, `refs/heads/${wanted.ref}`]
  const result = await sourceGit({
    args: ['ls-remote', '--quiet', '--', url, ...names],
    protocol: protocolOf(url),
    timeoutMs: options.timeoutMs,
    signal,
  })
  if (result.code !== 0 || result.ended) throw unreachable(wanted, wordsOf(result))
  const lines = result.out
    .toString()
    .split('\n')
    .map((line) => line.split('\t'))
  for (const name of names) {
    const commit = lines.find(([, ref]) => ref === name)?.[0]
    if (commit && isCommitId(commit)) return commit
  }
  return undefined
}

async function fetchCommit(
  options: GitSourceOptions,
  wanted: WantedAction,
  { commit, target }: { commit: string; target: string },
): Promise<void> {
  const url = urlOf(options, wanted)
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  const gitDir = await mkdtemp(join(options.dir, 'fetching-'))
  try {
    await mustGit({ args: ['init', '--quiet', '--bare', '--template=', gitDir] })
    const result = await sourceGit({
      gitDir,
      args: [
        'fetch',
        '--quiet',
        '--depth=1',
        '--no-tags',
        '--no-write-fetch-head',
        '--',
        url,
        `+${commit}:refs/heads/action`,
      ],
      protocol: protocolOf(url),
      timeoutMs: options.timeoutMs,
      maxFileBytes: options.maxBytes ?? 1024 ** 3,
    })
    if (result.code !== 0 || result.ended) throw unreachable(wanted, wordsOf(result))
    const there = await mustGit({ gitDir, args: ['rev-parse', '--verify', 'refs/heads/action^{commit}'] })
    if (there.toString().trim() !== commit) {
      throw new Failure(
        'action-moved',
        `${repositoryOf(wanted)} answered with another commit than ${commit}.`,
      )
    }
    await mkdir(join(target, '..'), { recursive: true, mode: 0o700 })
    await rename(gitDir, target).catch((error: NodeJS.ErrnoException) => {
      // Another process brought the same commit meanwhile.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(gitDir, { recursive: true, force: true })
  }
}

function unreachable(wanted: WantedAction, words: string): Failure {
  const name = `${repositoryOf(wanted)}@${wanted.ref}`
  // Servers answer so to whoever may not see a repository, too.
  if (/not found|returned error: 40[134]|could not read Username|terminal prompts disabled/i.test(words)) {
    return new Failure('action-not-found', `There is no repository for ${name}: ${words}`, {
      hint: 'No credentials are sent. Put a private one into the folder of actions (--actions-dir, SIGNALBOX_ACTIONS_DIR).',
    })
  }
  return new Failure('action-unreachable', `${name} could not be fetched: ${words}`, {
    retryable: true,
    hint: 'Locked actions that were fetched before need no network; others can stand in a folder (--actions-dir, SIGNALBOX_ACTIONS_DIR).',
  })
}

async function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return await work
  // What is left running when everybody gave up tells nobody.
  work.catch(() => {})
  signal.throwIfAborted()
  let stop: () => void = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
