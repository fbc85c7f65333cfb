import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { branchRef, parseSource, type Source } from './names.ts'
import { lastWords, mustRun, type RunGit } from './run-git.ts'

/** Faults of old, honest histories that do no harm here; everything else that fsck finds refuses the import. */
const toleratedFaults = [
  'zeroPaddedFilemode',
  'missingSpaceBeforeDate',
  'badTimezone',
  'missingSpaceBeforeEmail',
  'missingNameBeforeEmail',
  'missingEmail',
  'badDate',
  'badDateOverflow',
  'nullSha1',
  'badFilemode',
]

/** The same as settings of a fetch. */
export const toleratedSettings = toleratedFaults.map((fault): [string, string] => [
  `fetch.fsck.${fault}`,
  'ignore',
])

/** A new bare repository without template, hooks or surprises; HEAD names `branch`. */
export async function initBare(runGit: RunGit, gitDir: string, branch: string): Promise<void> {
  await mkdir(gitDir, { recursive: true, mode: 0o700 })
  await mustRun(runGit, {
    args: ['init', '--quiet', '--bare', '--template=', `--initial-branch=${branch}`, gitDir],
  })
  const settings: [string, string][] = [
    ['transfer.fsckObjects', 'true'],
    ['receive.denyNonFastForwards', 'true'],
    ['core.logAllRefUpdates', 'true'],
    ['gc.auto', '0'],
  ]
  for (const [key, value] of settings) {
    await mustRun(runGit, { gitDir, args: ['config', '--local', key, value] })
  }
}

/** Builds a repository beside its place and moves it there in one step, so that none is ever half there. */
export async function buildRepository<T>(gitDir: string, build: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${gitDir}.draft-${randomUUID()}`
  try {
    const result = await build(draft)
    await rename(draft, gitDir)
    return result
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

const abandonedMs = 24 * 60 * 60_000

/** Deletes drafts that a killed server left; younger ones may be another server's work. */
export async function sweepDrafts(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.includes('.git.draft-')) continue
    const info = await stat(join(root, name)).catch(() => undefined)
    if (info && Date.now() - info.mtimeMs > abandonedMs)
      await rm(join(root, name), { recursive: true, force: true })
  }
}

/** Copies branches and tags of the source into a new bare repository. */
export async function importInto(
  runGit: RunGit,
  gitDir: string,
  input: { source: string; branch?: string; scratch: string },
): Promise<{ defaultBranch: string; head: string }> {
  const source = parseSource(input.source)
  const reach = await reachSource(runGit, source, input.scratch)
  try {
    const found = await lookAt(runGit, reach)
    const defaultBranch = chooseBranch(found, input.branch)
    await buildRepository(gitDir, async (draft) => {
      await initBare(runGit, draft, defaultBranch)
      await fetchAll(runGit, draft, reach)
    })
    const ref = branchRef(defaultBranch)
    const head = await mustRun(runGit, { gitDir, args: ['rev-parse', '--verify', '--quiet', ref] })
    return { defaultBranch, head: head.toString('utf8').trim() }
  } finally {
    await reach.done()
  }
}

interface Reach {
  address: string
  /** Only for a path: how to start its receiving side without its hooks. */
  receivePack: string | undefined
  settings: [string, string][]
  env: Record<string, string>
  done(): Promise<void>
}

/**
 * The receiving side of a path reads the configuration of that repository, which is not ours: everything in it
 * that names a command, or writes into a work tree (where filters run), is overruled. git runs this by a shell.
 */
const receivePackOfPath = [
  'git',
  ...[
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    // A command that lists nothing: an empty value would be run.
    'core.alternateRefsCommand=true',
    'receive.denyCurrentBranch=refuse',
    // Clearing up reads further commands from there.
    'receive.autogc=false',
  ].flatMap((setting) => ['-c', setting]),
  'receive-pack',
].join(' ')

/** How git gets to a source: its address, what is allowed for it, and what to delete afterwards. */
export async function reachSource(runGit: RunGit, source: Source, scratch: string): Promise<Reach> {
  if (source.kind === 'url') {
    const settings: [string, string][] = [[`protocol.${source.protocol}.allow`, 'always']]
    return { address: source.url, receivePack: undefined, settings, env: {}, done: async () => {} }
  }
  const path = await repositoryAt(runGit, source.path)
  // For a path git starts upload-pack without our settings, but with this file: there it learns whom to trust.
  const file = join(scratch, `trust-${randomUUID()}`)
  const quoted = path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  await writeFile(file, `[safe]\n\tdirectory = "${quoted}"\n[core]\n\thooksPath = /dev/null\n`, {
    mode: 0o600,
  })
  return {
    address: path,
    receivePack: receivePackOfPath,
    settings: [['protocol.file.allow', 'always']],
    env: { GIT_CONFIG_GLOBAL: file },
    done: () => rm(file, { force: true }),
  }
}

/** The git folder of a path that a person named: itself when bare, else what git finds right there. */
async function repositoryAt(runGit: RunGit, path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined)
  if (!info?.isDirectory()) {
    throw new Failure('invalid-source', `There is no folder ${path} on the server, or it may not be read.`, {
      hint: 'Write the absolute path of a git repository on the machine on which Signalbox runs.',
    })
  }
  const result = await runGit({
    args: ['-C', path, 'rev-parse', '--absolute-git-dir'],
    settings: [['safe.directory', '*']],
    env: { GIT_CEILING_DIRECTORIES: join(path, '..') },
  })
  const found = result.stdout.toString('utf8').replace(/\n$/, '')
  if (result.exitCode === 0 && found !== '') return found
  throw new Failure('invalid-source', `${path} is not a git repository.`, {
    hint: 'Make it one with "git init" and a first commit, or name another folder.',
  })
}

interface Remote {
  head: string | undefined
  branches: string[]
}

async function lookAt(runGit: RunGit, reach: Reach): Promise<Remote> {
  const result = await runGit({
    args: ['ls-remote', '--symref', '--', reach.address, 'HEAD', 'refs/heads/*'],
    settings: reach.settings,
    env: reach.env,
    timeoutMs: 60_000,
    maxBytes: 16 * 1024 * 1024,
  })
  if (result.exitCode !== 0) throw unreachable(result.stderr)
  const lines = result.stdout.toString('utf8').split('\n')
  const branches = lines.flatMap((line) => /^[0-9a-f]+\trefs\/heads\/(.+)$/.exec(line)?.[1] ?? [])
  const head = lines.flatMap((line) => /^ref: refs\/heads\/(.+)\tHEAD$/.exec(line)?.[1] ?? [])[0]
  return { head, branches }
}

function chooseBranch(remote: Remote, asked: string | undefined): string {
  if (remote.branches.length === 0) {
    throw new Failure('empty-repository', 'The repository has no commit yet.', {
      hint: 'Commit something (an empty README is enough), push it, and add the project again.',
    })
  }
  if (asked !== undefined) {
    branchRef(asked)
    if (remote.branches.includes(asked)) return asked
    throw new Failure('invalid-source', `The repository has no branch "${asked}".`, {
      hint: `It has: ${remote.branches.slice(0, 10).join(', ')}.`,
    })
  }
  const candidates = [remote.head, 'main', 'master', remote.branches[0]]
  const chosen = candidates.find((name) => name !== undefined && remote.branches.includes(name))
  if (chosen === undefined) throw new Failure('empty-repository', 'The repository has no branch.')
  branchRef(chosen)
  return chosen
}

async function fetchAll(runGit: RunGit, gitDir: string, reach: Reach): Promise<void> {
  const result = await runGit({
    gitDir,
    args: [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-auto-gc',
      '--no-recurse-submodules',
      '--no-write-fetch-head',
      '--',
      reach.address,
      '+refs/heads/*:refs/heads/*',
      '+refs/tags/*:refs/tags/*',
    ],
    settings: [...reach.settings, ...toleratedSettings],
    env: reach.env,
    timeoutMs: 30 * 60_000,
  })
  if (result.exitCode !== 0) throw unreachable(result.stderr)
}

function unreachable(stderr: string): Failure {
  return new Failure('source-unreachable', `The repository could not be read: ${lastWords(stderr)}`, {
    retryable: true,
    hint: 'Check the address, and that this machine may read it without a password (ssh agent or public https).',
  })
}
