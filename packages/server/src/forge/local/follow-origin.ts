import { Failure } from '@signalbox/core/base/failure.ts'
import type { FollowResult } from '../port.ts'
import { reachSource, toleratedSettings } from './import-repository.ts'
import { isAncestor, type Repository, resolveRef, updateRef } from './move-refs.ts'
import { branchRef, parseSource } from './names.ts'
import { lastWords } from './run-git.ts'

const fetchMs = 60_000

/** Fetches the origin's branch beside ours, then moves ours by compare-and-set when that is a fast-forward. */
export async function followOrigin(
  repository: Repository,
  input: { origin: string; branch: string; scratch: string },
): Promise<FollowResult> {
  const { runGit, gitDir } = repository
  const seenRef = `refs/signalbox/origin/${input.branch}`
  const reach = await reachSource(runGit, parseSource(input.origin), input.scratch)
  try {
    const flags = ['--quiet', '--no-tags', '--no-auto-gc', '--no-recurse-submodules', '--no-write-fetch-head']
    const fetched = await runGit({
      gitDir,
      args: ['fetch', ...flags, '--', reach.address, `+${branchRef(input.branch)}:${seenRef}`],
      settings: [...reach.settings, ...toleratedSettings],
      env: reach.env,
      timeoutMs: fetchMs,
    })
    if (fetched.exitCode !== 0) {
      throw new Failure('source-unreachable', `The origin could not be read: ${lastWords(fetched.stderr)}`, {
        retryable: true,
      })
    }
  } finally {
    await reach.done()
  }
  const seen = await resolveRef(repository, seenRef)
  const head = await resolveRef(repository, branchRef(input.branch))
  if (!seen || !head) throw new Failure('unknown-commit', `The branch ${input.branch} has no commit.`)
  if (seen === head || (await isAncestor(repository, seen, head))) return { state: 'current', head }
  if (!(await isAncestor(repository, head, seen))) return { state: 'diverged', head, origin: seen }
  const moved = await updateRef(repository, { ref: branchRef(input.branch), to: seen, from: head })
  // Somebody landed a commit meanwhile: the next look sees where that leaves us.
  return moved ? { state: 'moved', head: seen } : { state: 'current', head }
}
