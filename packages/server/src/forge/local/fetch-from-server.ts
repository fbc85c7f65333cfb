import { existsSync } from 'node:fs'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { LocalForge } from './create-local-forge.ts'
import { branchRef, checkCommit } from './names.ts'
import { type GitResult, lastWords, mustRun } from './run-git.ts'

const fetchMs = 10 * 60_000
const fetched = 'refs/signalbox/fetched/'
/** Branches and tags as the server has them. */
const mirrored = 'refs/signalbox/server/'
const newestKept = 20

/** How a worker of another machine asks the server's git. */
export interface AtServer {
  projectId: string
  /** `https://host/git/<slug>.git`. */
  url: string
  token: string
}

/**
 * Brings a commit and what it is made of from the server's git into a mirror on this machine, and only what the
 * mirror lacks. The token goes by the environment of git. Failure `git-failed`, retryable: another worker may
 * reach the server.
 */
export async function fetchFromServer(
  forge: LocalForge,
  input: AtServer & { commit: string },
): Promise<void> {
  const gitDir = forge.gitDir(input.projectId)
  const commit = checkCommit(input.commit)
  await mustRun(forge.runGit, { args: ['init', '--bare', '--quiet', gitDir] })
  const known = await forge.runGit({
    gitDir,
    args: ['rev-parse', '--verify', '-q', `${fetched}${commit}`],
  })
  if (known.exitCode === 0) return
  const result = await forge.runGit({
    gitDir,
    args: [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      input.url,
      `+${commit}:${fetched}${commit}`,
    ],
    settings: settingsFor(input),
    timeoutMs: fetchMs,
  })
  if (result.exitCode !== 0) throw unreachable('The commit could not be fetched from the server', result)
}

/**
 * Brings all branches and tags from the server's git, and forgets those that it no longer has. Answers below what
 * they stand here, as `heads/…` and `tags/…`. Fails as `fetchFromServer` does.
 */
export async function fetchRefsFromServer(forge: LocalForge, input: AtServer): Promise<string> {
  const gitDir = forge.gitDir(input.projectId)
  await mustRun(forge.runGit, { args: ['init', '--bare', '--quiet', gitDir] })
  const args = ['fetch', '--quiet', '--prune', '--no-tags', '--no-write-fetch-head', input.url]
  const result = await forge.runGit({
    gitDir,
    args: [...args, ...['heads', 'tags'].map((kind) => `+refs/${kind}/*:${mirrored}${kind}/*`)],
    settings: settingsFor(input),
    timeoutMs: fetchMs,
  })
  if (result.exitCode !== 0)
    throw unreachable('The branches and tags could not be fetched from the server', result)
  return mirrored
}

/** Where a branch of the server's repository stands now; undefined: there is none. Fails as `fetchFromServer` does. */
export async function headAtServer(
  forge: LocalForge,
  input: AtServer & { branch: string },
): Promise<string | undefined> {
  const ref = branchRef(input.branch)
  const result = await forge.runGit({
    args: ['ls-remote', '--quiet', input.url, ref],
    settings: settingsFor(input),
    timeoutMs: fetchMs,
  })
  if (result.exitCode !== 0) throw unreachable('The server could not be asked for a branch', result)
  const lines = result.stdout.toString('utf8').split('\n')
  return lines.find((line) => line.endsWith(`\t${ref}`))?.split('\t')[0]
}

function settingsFor({ url, token }: AtServer): [string, string][] {
  return [
    [`protocol.${url.startsWith('https:') ? 'https' : 'http'}.allow`, 'always'],
    ['http.extraHeader', `Authorization: Bearer ${token}`],
  ]
}

function unreachable(what: string, { stderr }: GitResult): Failure {
  return new Failure('git-failed', `${what}: ${lastWords(stderr)}`, {
    retryable: true,
    hint: 'Look whether SIGNALBOX_SERVER_URL can be reached from this machine, and whether the master keys are the same.',
  })
}

/**
 * Forgets fetched commits, but for those in use and the newest 20: of these the next fetch takes what it need not
 * bring. `inUse` is asked after the names are read, so that a job that fetched meanwhile keeps its commit.
 */
export async function forgetFetched(
  forge: LocalForge,
  projectId: string,
  inUse: () => Promise<string[]>,
): Promise<void> {
  const gitDir = forge.gitDir(projectId)
  // A machine that has not had a job of this project yet has no mirror of it.
  if (!existsSync(gitDir)) return
  const listed = await mustRun(forge.runGit, {
    gitDir,
    args: ['for-each-ref', '--sort=-committerdate', '--format=%(refname)', fetched],
  })
  const old = listed.toString().split('\n').filter(Boolean).slice(newestKept)
  if (old.length === 0) return
  const used = new Set((await inUse()).map((commit) => `${fetched}${commit}`))
  const input = old
    .filter((ref) => !used.has(ref))
    .map((ref) => `delete ${ref}\n`)
    .join('')
  await mustRun(forge.runGit, { gitDir, args: ['update-ref', '--stdin'], input })
}
