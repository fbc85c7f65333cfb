import { Failure } from '@signalbox/core/base/failure.ts'
import type { CommitFact } from '../port.ts'
import type { Repository } from './move-refs.ts'
import { checkCommit } from './names.ts'
import { lastWords, mustRun } from './run-git.ts'

/** See the port. */
export async function branches({ runGit, gitDir }: Repository): Promise<Map<string, string>> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/']
  const output = (await mustRun(runGit, { gitDir, args })).toString('utf8')
  const found = new Map<string, string>()
  for (const line of output.split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0) found.set(line.slice(space + 1).replace(/^refs\/heads\//, ''), line.slice(0, space))
  }
  return found
}

/** See the port. */
export async function commitsBetween(
  { runGit, gitDir }: Repository,
  range: { base: string; head: string; limit: number },
): Promise<CommitFact[]> {
  const args = [
    'rev-list',
    '--no-merges',
    '--topo-order',
    `--max-count=${range.limit}`,
    '--no-commit-header',
    // NUL ends each field: no message can hold one.
    '--format=%H%x00%an%x00%ae%x00%at%x00%s%x00%b%x00',
    checkCommit(range.head),
    `^${checkCommit(range.base)}`,
    '--',
  ]
  const result = await runGit({ gitDir, args, settings: [['i18n.logOutputEncoding', 'UTF-8']] })
  if (result.truncated) throw new Failure('too-many-commits', 'Its commits say too much to be read.')
  if (result.exitCode !== 0) throw new Failure('unknown-commit', lastWords(result.stderr))
  const fields = result.stdout.toString('utf8').split('\0')
  const found: CommitFact[] = []
  for (let n = 0; n + 6 < fields.length; n += 6) {
    const [id = '', name = '', email = '', at = '0', subject = '', body = ''] = fields.slice(n, n + 6)
    found.push({ id: id.trim(), author: { name, email, at: Number(at) }, subject, body: body.trim() })
  }
  return found.reverse()
}

/** See the port. */
export async function commitFact(
  { runGit, gitDir }: Repository,
  commit: string,
): Promise<CommitFact & { parents: string[] }> {
  const format = '--format=%H%x00%an%x00%ae%x00%at%x00%s%x00%b%x00%P%x00'
  const args = ['rev-list', '--max-count=1', '--no-commit-header', format, checkCommit(commit), '--']
  const result = await runGit({ gitDir, args, settings: [['i18n.logOutputEncoding', 'UTF-8']] })
  if (result.truncated) throw new Failure('too-many-commits', 'The commit says too much to be read.')
  if (result.exitCode !== 0) throw new Failure('unknown-commit', lastWords(result.stderr))
  const [id = '', name = '', email = '', at = '0', subject = '', body = '', parents = ''] = result.stdout
    .toString('utf8')
    .split('\0')
  return {
    id: id.trim(),
    author: { name, email, at: Number(at) },
    subject,
    body: body.trim(),
    parents: parents.split(' ').filter((parent) => parent !== ''),
  }
}

/** See the port. */
export async function mergeBase(
  { runGit, gitDir }: Repository,
  one: string,
  other: string,
): Promise<string | undefined> {
  const result = await runGit({ gitDir, args: ['merge-base', checkCommit(one), checkCommit(other)] })
  if (result.exitCode > 1) throw new Failure('unknown-commit', lastWords(result.stderr))
  return result.exitCode === 0 ? result.stdout.toString('utf8').trim() : undefined
}
