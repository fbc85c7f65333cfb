import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Repository } from './move-refs.ts'
import { checkCommit } from './names.ts'
import { type GitCall, lastWords } from './run-git.ts'

const takeMs = 10 * 60_000

/** Files of a pack in the order in which git may find them: what names it comes last. */
const order = ['.pack', '.rev', '.idx']

/**
 * Takes a tree that another machine made on top of a commit of ours, as a thin pack, and moves no ref. The objects
 * stand aside until each was checked, all that the tree names is there, and it is a tree; then they join the others.
 * Failures `tree-refused`, `unknown-commit`; what the stream fails with goes through. Harmless when done twice.
 */
export async function takeTree(
  { runGit, gitDir }: Repository,
  input: { tree: string; base: string; pack: Readable; maxBytes: number },
): Promise<void> {
  const [tree, base] = [checkCommit(input.tree), checkCommit(input.base)]
  const objects = join(gitDir, 'objects')
  // By this name git's own clean-up knows what a crash left.
  const aside = await mkdtemp(join(objects, 'tmp_objdir-incoming-'))
  const env = { GIT_OBJECT_DIRECTORY: aside, GIT_ALTERNATE_OBJECT_DIRECTORIES: objects }
  async function ask(args: string[], more: Partial<GitCall> = {}): Promise<string> {
    const result = await runGit({ gitDir, args, env, timeoutMs: takeMs, ...more })
    if (result.exitCode === 0) return result.stdout.toString().trim()
    throw new Failure('tree-refused', `What the agent made was refused: ${lastWords(result.stderr)}`)
  }
  try {
    await mkdir(join(aside, 'pack'))
    const bound = `--max-input-size=${input.maxBytes}`
    // Large files pass through in pieces.
    const settings: [string, string][] = [['core.bigFileThreshold', '32m']]
    await ask(['index-pack', '--stdin', '--strict', '--fix-thin', bound], { input: input.pack, settings })
    await ask(['rev-list', '--objects', '--quiet', tree, '--not', base])
    const type = await ask(['cat-file', '-t', tree])
    if (type !== 'tree') throw new Failure('tree-refused', `What the agent made is a ${type} and no tree.`)
    const names = await readdir(join(aside, 'pack'))
    for (const end of order) {
      for (const name of names.filter((one) => one.endsWith(end))) {
        await rename(join(aside, 'pack', name), join(objects, 'pack', name))
      }
    }
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}
