import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Failure } from '@signalbox/core/base/failure.ts'
import { gitEnvironment } from './git-environment.ts'
import { buildRepository, initBare } from './import-repository.ts'
import { checkCommit, checkRef } from './names.ts'
import { endTree, lastWords, mustRun, type RunGit } from './run-git.ts'

/** Where the branches of a repository stand, and its default one. */
export interface RepositoryRefs {
  head: string
  refs: { name: string; commit: string }[]
}

const listBytes = 512 * 1024 * 1024

/** Every ref at this moment. */
export async function readRefs(runGit: RunGit, gitDir: string): Promise<RepositoryRefs> {
  const head = await mustRun(runGit, { gitDir, args: ['symbolic-ref', 'HEAD'] })
  const args = ['for-each-ref', '--format=%(objectname) %(refname)']
  const text = (await mustRun(runGit, { gitDir, args })).toString('utf8')
  const refs = text.split('\n').flatMap((line) => {
    const at = line.indexOf(' ')
    return at > 0 ? [{ commit: line.slice(0, at), name: line.slice(at + 1) }] : []
  })
  return { head: head.toString('utf8').trim(), refs }
}

/** The ids of all objects, also of those that no branch leads to: rows may name them. */
export async function listObjects(runGit: RunGit, gitDir: string): Promise<Buffer> {
  const args = ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)', '--unordered']
  return await mustRun(runGit, { gitDir, args, maxBytes: listBytes, timeoutMs: 600_000 })
}

/** All these objects as one pack; fails with `git-failed` when one is gone by now. */
export async function* packObjects(
  emptyHome: string,
  gitDir: string,
  objects: Buffer,
): AsyncGenerator<Buffer> {
  const git = startGit(emptyHome, gitDir, ['pack-objects', '--stdout', '--quiet', '--threads=1'])
  try {
    git.child.stdin.end(objects)
    for await (const chunk of git.child.stdout) yield chunk
    await git.ended()
  } finally {
    endTree(git.child.pid)
  }
}

/**
 * Makes a repository of a pack and its refs, in its place only when it is whole: git checks each object. `pack`
 * undefined: one that never had an object.
 */
export async function makeRepository(
  deps: { runGit: RunGit; emptyHome: string },
  gitDir: string,
  { head, refs }: RepositoryRefs,
  pack: AsyncIterable<Buffer> | undefined,
): Promise<void> {
  await buildRepository(gitDir, async (draft) => {
    await initBare(deps.runGit, draft, checkRef(head).replace(/^refs\/heads\//, ''))
    if (pack) {
      const git = startGit(deps.emptyHome, draft, ['index-pack', '--stdin', '--threads=1'])
      git.child.stdout.resume()
      try {
        for await (const chunk of pack) {
          if (!git.child.stdin.write(chunk)) await Promise.race([once(git.child.stdin, 'drain'), git.ended()])
        }
        git.child.stdin.end()
        await git.ended()
      } finally {
        endTree(git.child.pid)
      }
    }
    const commands = refs.map(({ name, commit }) => `create ${checkRef(name)} ${checkCommit(commit)}\n`)
    await mustRun(deps.runGit, { gitDir: draft, args: ['update-ref', '--stdin'], input: commands.join('') })
  })
}

function startGit(emptyHome: string, gitDir: string, args: string[]) {
  const child = spawn('git', args, {
    cwd: gitDir,
    env: gitEnvironment(emptyHome, [['safe.directory', gitDir]], { GIT_DIR: gitDir }),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-16_384)
  })
  // git may end before it has read all of its input; its exit code says why.
  child.stdin.on('error', () => {})
  const end = new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(new Failure('git-failed', 'git could not be started.', { cause })))
    child.once('close', resolve)
  })
  end.catch(() => {})
  return {
    child,
    async ended(): Promise<void> {
      const code = await end
      if (code === 0) return
      throw new Failure('git-failed', `git ${args[0] ?? ''} failed: ${lastWords(stderr)}`, {
        retryable: true,
      })
    },
  }
}
