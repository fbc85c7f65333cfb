import { spawnSync } from 'node:child_process'
import { Failure } from '@signalbox/core/base/failure.ts'

/** What a checkout says of what would be pushed. */
export interface ChangedHere {
  /** Paths that differ from the base, what is not committed included; undefined without a base. */
  changed: string[] | undefined
  /** Of the head commit. */
  message: string
  /** The branch that a pull request goes into. */
  baseName: string
}

const maxBuffer = 64 * 1024 * 1024

/**
 * Compares the work tree with a base: for a push the branch at its remote, for a pull request where it left the
 * base. Without --base and without a remote nothing is known. Failure `usage` for a base that is not there.
 */
export function changedHere(
  root: string,
  { base, isPull }: { base: string | undefined; isPull: boolean },
): ChangedHere {
  const git = (...args: string[]): string | undefined => {
    const asked = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer })
    return asked.status === 0 ? asked.stdout : undefined
  }
  const message = git('log', '-1', '--format=%B')?.trim() ?? ''
  const main = git('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD')?.trim()
  const upstream = git('rev-parse', '--abbrev-ref', '--symbolic-full-name', '@{upstream}')?.trim()
  const name = base ?? (isPull ? main : (upstream ?? main))
  const baseName = (base ?? main ?? 'main').replace(/^origin\//, '')
  if (name === undefined) return { changed: undefined, message, baseName }
  const commit = git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)?.trim()
  const elsewhere = git(
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `origin/${name}^{commit}`,
  )?.trim()
  const found = commit ?? elsewhere
  if (found === undefined && base !== undefined) {
    throw new Failure('usage', `There is no commit ${base} here.`, {
      hint: 'Fetch it, or name another --base.',
    })
  }
  // Three dots for a pull request and a branch that its remote does not have; two for one that it has.
  const from = found && (isPull || name !== upstream ? git('merge-base', found, 'HEAD')?.trim() : found)
  const tracked = from && git('diff', '--name-only', '-z', '--no-renames', '--no-ext-diff', from, '--')
  if (tracked === undefined || tracked === '' || !from) {
    return { changed: from === undefined ? undefined : untracked(git), message, baseName }
  }
  return { changed: [...split(tracked), ...untracked(git)], message, baseName }
}

function untracked(git: (...args: string[]) => string | undefined): string[] {
  return split(git('ls-files', '--others', '--exclude-standard', '-z') ?? '')
}

function split(text: string): string[] {
  return text.split('\0').filter((path) => path !== '')
}
