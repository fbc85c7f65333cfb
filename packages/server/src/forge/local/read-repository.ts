import { Failure } from '@signalbox/core/base/failure.ts'
import type { RepositoryEntry, RepositoryFile } from '../port.ts'
import { checkCommit, checkPath } from './names.ts'
import { lastWords, type RunGit } from './run-git.ts'

const kinds: Record<string, RepositoryEntry['kind']> = {
  '100644': 'file',
  '100664': 'file',
  '100755': 'executable',
  '120000': 'symlink',
  '160000': 'submodule',
}

interface TreeLine extends RepositoryEntry {
  object: string
}

/** Entries of a commit's tree; `under` limits them to a path or a folder. */
async function listTree(
  runGit: RunGit,
  gitDir: string,
  options: { commit: string; under: string; recurse: boolean },
): Promise<TreeLine[]> {
  const args = [
    'ls-tree',
    '-z',
    '--full-tree',
    ...(options.recurse ? ['-r'] : []),
    checkCommit(options.commit),
  ]
  if (options.under !== '') args.push('--', options.under)
  const result = await runGit({ gitDir, args })
  if (result.truncated) throw new Failure('git-failed', 'The tree has too many files to list.')
  if (result.exitCode !== 0) throw unknownCommit(result.stderr)
  return splitNul(result.stdout).flatMap((line) => {
    const tab = line.indexOf('\t')
    const [mode = '', , object = ''] = line.slice(0, tab).split(' ')
    const kind = kinds[mode]
    return kind ? [{ path: line.slice(tab + 1), kind, object }] : []
  })
}

/** See the port. */
export async function listFiles(
  runGit: RunGit,
  gitDir: string,
  commit: string,
  prefix: string,
): Promise<RepositoryEntry[]> {
  const folder = prefix.replace(/\/+$/, '')
  const under = folder === '' ? '' : `${checkPath(folder)}/`
  const lines = await listTree(runGit, gitDir, { commit, under, recurse: true })
  return lines.map(({ path, kind }) => ({ path, kind }))
}

/** See the port. */
export async function readFile(
  runGit: RunGit,
  gitDir: string,
  file: { commit: string; path: string; maxBytes: number },
): Promise<RepositoryFile | undefined> {
  const under = checkPath(file.path)
  const lines = await listTree(runGit, gitDir, { commit: file.commit, under, recurse: false })
  const entry = lines.find((line) => line.path === under)
  if (!entry) return undefined
  if (entry.kind !== 'file' && entry.kind !== 'executable') {
    throw new Failure('not-a-file', `${file.path} is a ${entry.kind}, not a file.`, {
      hint: 'Put a plain file in its place on the default branch.',
    })
  }
  const [size, content] = await Promise.all([
    runGit({ gitDir, args: ['cat-file', '-s', entry.object] }),
    runGit({ gitDir, args: ['cat-file', 'blob', entry.object], maxBytes: file.maxBytes }),
  ])
  if (size.exitCode !== 0) throw new Failure('git-failed', lastWords(size.stderr))
  if (content.exitCode !== 0 && !content.truncated) throw new Failure('git-failed', lastWords(content.stderr))
  return {
    text: content.stdout.toString('utf8'),
    sizeBytes: Number(size.stdout.toString('utf8')),
    truncated: content.truncated,
  }
}

const plainDiff = ['--no-ext-diff', '--no-textconv', '--no-color', '--ignore-submodules=none']

/** See the port. */
export async function diff(
  runGit: RunGit,
  gitDir: string,
  range: { base: string; head: string; maxBytes: number },
): Promise<{ diff: string; truncated: boolean }> {
  const between = `${checkCommit(range.base)}...${checkCommit(range.head)}`
  const args = ['diff', ...plainDiff, '--find-renames', '--submodule=short', between, '--']
  const result = await runGit({ gitDir, args, maxBytes: range.maxBytes })
  if (result.exitCode !== 0 && !result.truncated) throw unknownCommit(result.stderr)
  const text = result.stdout.toString('utf8')
  const cut = result.truncated ? text.slice(0, text.lastIndexOf('\n') + 1) : text
  return { diff: cut, truncated: result.truncated }
}

/** See the port. */
export async function changedFiles(
  runGit: RunGit,
  gitDir: string,
  base: string,
  head: string,
): Promise<string[]> {
  const trees = [checkCommit(base), checkCommit(head)]
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', ...plainDiff, ...trees]
  const result = await runGit({ gitDir, args })
  if (result.truncated) throw new Failure('git-failed', 'The change touches too many files to list.')
  if (result.exitCode !== 0) throw unknownCommit(result.stderr)
  return splitNul(result.stdout)
}

/** Names come as bytes; what is not UTF-8 is shown with replacement characters. */
export function splitNul(output: Buffer): string[] {
  return output
    .toString('utf8')
    .split('\0')
    .filter((part) => part !== '')
}

function unknownCommit(stderr: string): Failure {
  return new Failure('unknown-commit', `The repository does not hold that commit: ${lastWords(stderr)}`)
}
