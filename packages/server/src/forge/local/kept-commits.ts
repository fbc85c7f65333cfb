import { Failure } from '@signalbox/core/base/failure.ts'
import type { Repository } from './move-refs.ts'
import { checkCommit, checkRef } from './names.ts'
import { mustRun } from './run-git.ts'

/** Below it stands what no branch leads to and is needed all the same; hidden from every client. */
const root = 'refs/signalbox/kept'

function keptRef(name: string): string {
  if (/^[a-z0-9-]+(\/[a-z0-9-]+)*$/.test(name)) return checkRef(`${root}/${name}`)
  throw new Failure('invalid-ref', 'That is not a name for a kept commit.')
}

/** See the port. */
export async function keepCommit(
  { runGit, gitDir }: Repository,
  name: string,
  commit: string,
): Promise<void> {
  await mustRun(runGit, { gitDir, args: ['update-ref', '--no-deref', keptRef(name), checkCommit(commit)] })
}

/** See the port. */
export async function releaseCommit(repository: Repository, name: string): Promise<void> {
  const { runGit, gitDir } = repository
  keptRef(name)
  const names = (await keptNames(repository)).filter((kept) => kept === name || kept.startsWith(`${name}/`))
  if (names.length === 0) return
  const input = names.map((kept) => `delete ${keptRef(kept)}\0\0`).join('')
  await mustRun(runGit, { gitDir, args: ['update-ref', '--no-deref', '-z', '--stdin'], input })
}

/** See the port. */
export async function keptNames({ runGit, gitDir }: Repository): Promise<string[]> {
  const args = ['for-each-ref', '--format=%(refname)', `${root}/`]
  const output = await mustRun(runGit, { gitDir, args })
  const refs = output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
  return refs.map((ref) => ref.slice(root.length + 1))
}
