import { stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { dropStaleLock, type Repository } from './move-refs.ts'
import { lastWords } from './run-git.ts'

const dayMs = 24 * 60 * 60_000
const limitMs = 10 * 60_000
/** Its time says when the repository was last maintained, or tried. */
const marker = 'signalbox-maintained'

/** See the port. git itself sees to it that no two of these run in one repository. */
export async function maintain(
  { runGit, gitDir }: Repository,
  input: { now: number; signal: AbortSignal | undefined },
): Promise<'done' | 'not-due' | 'busy' | 'stopped'> {
  if (input.signal?.aborted) return 'stopped'
  if (!(await stat(gitDir).catch(() => undefined)))
    throw new Failure('repository-missing', 'The repository of this project is not there.')
  const last = await stat(join(gitDir, marker)).catch(() => undefined)
  if (last && input.now - last.mtimeMs < dayMs) return 'not-due'
  const lock = join(gitDir, 'packed-refs.lock')
  if ((await stat(lock).catch(() => undefined)) && !(await dropStaleLock(lock))) return 'busy'
  // Before the work: a repository that always takes too long is tried once a day, not every round.
  await writeFile(join(gitDir, marker), '', { mode: 0o600 })
  await utimes(join(gitDir, marker), input.now / 1000, input.now / 1000)
  const result = await runGit({
    gitDir,
    args: ['gc', '--prune=2.weeks.ago', '--quiet'],
    timeoutMs: limitMs,
    signal: input.signal,
    lowPriority: true,
  })
  if (result.exitCode === 0) return 'done'
  if (input.signal?.aborted) return 'stopped'
  if (/gc is already running/.test(result.stderr)) return 'busy'
  throw new Failure('git-failed', `git gc failed: ${lastWords(result.stderr)}`, { retryable: true })
}
