import { Failure } from '@signalbox/core/base/failure.ts'
import type { LocalForge } from './create-local-forge.ts'
import { checkCommit } from './names.ts'
import { lastWords, mustRun } from './run-git.ts'

const fetchMs = 10 * 60_000

/**
 * Brings a commit and what it is made of from the server's git into a mirror on this machine, and only what the
 * mirror lacks. The token goes by the environment of git. Failure `git-failed`, retryable: another worker may
 * reach the server.
 */
export async function fetchFromServer(
  forge: LocalForge,
  input: { projectId: string; url: string; token: string; commit: string },
): Promise<void> {
  const gitDir = forge.gitDir(input.projectId)
  const commit = checkCommit(input.commit)
  await mustRun(forge.runGit, { args: ['init', '--bare', '--quiet', gitDir] })
  const known = await forge.runGit({
    gitDir,
    args: ['rev-parse', '--verify', '-q', `refs/signalbox/fetched/${commit}`],
  })
  if (known.exitCode === 0) return
  const scheme = input.url.startsWith('https:') ? 'https' : 'http'
  const result = await forge.runGit({
    gitDir,
    args: [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      input.url,
      `+${commit}:refs/signalbox/fetched/${commit}`,
    ],
    settings: [
      [`protocol.${scheme}.allow`, 'always'],
      ['http.extraHeader', `Authorization: Bearer ${input.token}`],
    ],
    timeoutMs: fetchMs,
  })
  if (result.exitCode === 0) return
  throw new Failure(
    'git-failed',
    `The commit could not be fetched from the server: ${lastWords(result.stderr)}`,
    {
      retryable: true,
      hint: 'Look whether SIGNALBOX_SERVER_URL can be reached from this machine, and whether the master keys are the same.',
    },
  )
}
