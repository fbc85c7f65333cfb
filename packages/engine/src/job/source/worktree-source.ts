import { spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { refsBelow } from '../../actions/source-refs.ts'
import type { CheckoutSource, SourceRef } from '../port.ts'

/** A checkout as it stands, as a commit in an object store of its own. `close` removes the store. */
export interface WorktreeSource {
  source: CheckoutSource
  /** The top folder of the checkout. */
  root: string
  close(): Promise<void>
}

const who = { name: 'Signalbox', email: 'signalbox@localhost' }

/**
 * HEAD where nothing differs, else a commit of a user's checkout with what is uncommitted and untracked, honouring
 * .gitignore. Touches neither its index nor its refs, objects or files. Throws a Failure `no-checkout`.
 */
export async function worktreeSource(path: string): Promise<WorktreeSource> {
  const at = resolve(path)
  const folders = ['--path-format=absolute', '--show-toplevel', '--git-dir', '--git-common-dir']
  const [found, status] = await Promise.all([
    userGit(at, ['rev-parse', ...folders]),
    // Quick, and most checkouts that are run have nothing uncommitted: then HEAD is what runs.
    quietly(userGit(at, ['status', '--porcelain=v2', '--branch', '--untracked-files=normal', '-z'])),
  ])
  const [root = '', gitDir = '', commonDir = ''] = found.split('\n')
  const clean = cleanHead(status)
  if (clean) {
    const source = { gitDir: commonDir, ...clean, refs: () => refsOf(commonDir) }
    return { source, root, close: async () => {} }
  }
  const store = await mkdtemp(join(tmpdir(), 'signalbox-tree-'))
  try {
    await userGit(root, ['init', '-q', '--bare', '--template=', store])
    await mkdir(join(store, 'objects/info'), { recursive: true })
    await writeFile(join(store, 'objects/info/alternates'), `${join(commonDir, 'objects')}\n`)
    await copyIfThere(join(commonDir, 'shallow'), join(store, 'shallow'))
    // The user's index saves hashing every file again; only the copy is written.
    await copyIfThere(join(gitDir, 'index'), join(store, 'worktree-index'))
    const env = { GIT_INDEX_FILE: join(store, 'worktree-index'), ...objectsOf(store, commonDir) }
    await userGit(root, ['add', '-A', '--', '.'], env)
    const tree = await userGit(root, ['write-tree'], env)
    const head = await quietly(userGit(root, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']))
    const ref = await quietly(userGit(root, ['symbolic-ref', '--quiet', 'HEAD']))
    const commit = await commitOf(root, { tree, head, env })
    return {
      source: { gitDir: store, commit, ref: ref ?? '', refs: () => refsOf(commonDir) },
      root,
      close: () => rm(store, { recursive: true, force: true }),
    }
  } catch (error) {
    await rm(store, { recursive: true, force: true })
    throw error
  }
}

/** The branches of `origin` as they were last fetched, else the user's own of the same name; and the tags. */
async function refsOf(gitDir: string): Promise<SourceRef[]> {
  const below = 'refs/remotes/origin/'
  const own = await refsBelow(gitDir, 'refs/heads/', 'refs/tags/')
  const fetched = (await refsBelow(gitDir, below))
    .filter((ref) => ref.name !== `${below}HEAD`)
    .map((ref) => ({ ...ref, name: `refs/heads/${ref.name.slice(below.length)}` }))
  return [...new Map([...own, ...fetched].map((ref) => [ref.name, ref])).values()]
}

/** Commit and ref of HEAD, when there is nothing beside it; undefined when there is, or no commit yet. */
function cleanHead(status: string | undefined): { commit: string; ref: string } | undefined {
  const lines = (status ?? '').split('\0').filter((line) => line !== '')
  const fact = (name: string) => lines.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3)
  const commit = fact('branch.oid')
  const branch = fact('branch.head')
  if (!commit || !/^[0-9a-f]{40,64}$/.test(commit) || lines.some((line) => !line.startsWith('# ')))
    return undefined
  return { commit, ref: !branch || branch === '(detached)' ? '' : `refs/heads/${branch}` }
}

function objectsOf(store: string, commonDir: string): Record<string, string> {
  return {
    GIT_OBJECT_DIRECTORY: join(store, 'objects'),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(commonDir, 'objects'),
  }
}

/** HEAD itself when nothing differs, else a commit on top of it. */
async function commitOf(
  root: string,
  options: { tree: string; head: string | undefined; env: Record<string, string> },
): Promise<string> {
  const { tree, head, env } = options
  if (head && (await userGit(root, ['rev-parse', `${head}^{tree}`])) === tree) return head
  const date = `${Math.floor(Date.now() / 1000)} +0000`
  const identity = {
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
    GIT_COMMITTER_DATE: date,
  }
  const parents = head ? ['-p', head] : []
  return userGit(root, ['commit-tree', tree, ...parents, '-m', 'The checkout as it stands'], {
    ...env,
    ...identity,
  })
}

/** Git with the user's own configuration: filters of the checkout must work as in the user's hands. */
async function userGit(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const options = [
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'core.fsmonitor=false',
    '-c',
    'advice.addEmbeddedRepo=false',
  ]
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))
  const child = spawn('git', [...options, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let words = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2000)
  })
  return new Promise((done, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(
        new Failure('no-checkout', `${cwd} cannot be read as a git checkout: ${why}`, {
          hint: 'Run this inside a git checkout.',
          cause,
        }),
      )
    child.once('error', (cause) => fail(cause.message, cause))
    child.once('close', (code) =>
      code === 0 ? done(out.trimEnd()) : fail(words.trim() || `git ended with ${code}`),
    )
  })
}

async function quietly(question: Promise<string>): Promise<string | undefined> {
  try {
    return (await question) || undefined
  } catch {
    return undefined
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await readFile(from)
  } catch {
    return
  }
  await copyFile(from, to)
}
