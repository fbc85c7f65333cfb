import { Failure } from '@signalbox/core/base/failure.ts'
import type { CheckoutSource, SourceRef } from '../job/port.ts'
import { places } from '../job/steps/step-files.ts'
import type { Sandbox } from '../sandbox/port.ts'
import { excludeLines } from '../snapshot/exclude-lines.ts'
import { packOf } from './host-git.ts'
import { runScriptIn } from './sandbox-git.ts'
import { boundaryOf } from './source-refs.ts'

/** $1 folder, $2 commit, $3 branch, $4 what to keep, $5 address of origin, $6 sparse mode, $7 whether to clean. */
const script = `set -e
mkdir -p -- "$1" && cd -- "$1" && rm -rf .git
git init -q --template= -b main .
if [ -s "$8" ]; then mv -- "$8" .git/shallow; fi
git index-pack --stdin > /dev/null
if [ -n "$5" ]; then
  git config remote.origin.url "$5"
  git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
fi
if [ -s "$9" ]; then git update-ref --stdin < "$9"; fi
if [ -n "$3" ]; then
  git symbolic-ref HEAD "$3" && git update-ref "$3" "$2"
  if [ -n "$5" ]; then
    git config "branch.\${3#refs/heads/}.remote" origin
    git config "branch.\${3#refs/heads/}.merge" "$3"
  fi
else git update-ref --no-deref HEAD "$2"; fi
if [ -n "$4" ]; then mkdir -p .git/info && printf %s "$4" > .git/info/exclude; fi
if [ -n "$6" ]; then git sparse-checkout set "--$6" --stdin < "\${10}"; fi
git reset -q --hard
if [ -n "$7" ]; then git clean -q -ffd; fi
`

/** What to bring where. */
export interface CheckOut {
  source: CheckoutSource
  /** Absolute, in the sandbox. */
  path: string
  /** How many commits of history; 0 for all of it. */
  depth: number
  /** `refs/heads/main`: what HEAD stands on; empty: on the commit itself. */
  branch: string
  /** Branches and tags to bring beside the commit; branches become those of the remote `origin`. */
  refs?: readonly SourceRef[]
  /** Address of the remote `origin`; it is not reached. */
  origin?: string
  /** Which files to write; without it all of them. */
  sparse?: { mode: 'cone' | 'no-cone'; patterns: string }
  /** False: files that git does not know stay. */
  clean?: boolean
  /** Paths of the folder that stay though git neither knows nor ignores them. */
  keep?: readonly string[]
  signal?: AbortSignal
}

/** Brings a commit's tree into a folder of the sandbox. Files there that git does not know and ignores stay. */
export async function checkOut(sandbox: Sandbox, options: CheckOut): Promise<void> {
  const { source, refs = [], sparse } = options
  const commits = [source.commit, ...refs.map((ref) => ref.commit)]
  const boundary = await boundaryOf(source.gitDir, commits, options.depth).catch((cause) => {
    throw unreadable(source, cause)
  })
  const branch = /^refs\/heads\/[^\s~^:?*[\\]+$/.test(options.branch) ? options.branch : ''
  const files = {
    boundary: await fileIn(sandbox, 'checkout-shallow', boundary.map((commit) => `${commit}\n`).join('')),
    refs: await fileIn(sandbox, 'checkout-refs', refs.map(createLine).join('')),
    sparse: await fileIn(sandbox, 'checkout-sparse', sparse?.patterns ?? ''),
  }
  const pack = packOf(source.gitDir, {
    wants: [source.commit, ...refs.map((ref) => ref.object)],
    boundary,
  })
  const args = [
    options.path,
    source.commit,
    branch,
    excludeLines(options.keep ?? []),
    options.origin ?? '',
    sparse?.mode ?? '',
    options.clean === false ? '' : 'clean',
    files.boundary,
    files.refs,
    files.sparse,
  ]
  const run = runScriptIn(sandbox, script, args, {
    code: 'checkout-failed',
    what: 'the tree could not be checked out',
    stdin: pack.stdout,
    cwd: places.workspace,
    signal: options.signal,
  }).finally(() => pack.stdout.destroy())
  // Git on the host is asked first: when it fails, the sandbox only sees half a pack.
  const [packed, ran] = await Promise.allSettled([pack.done, run])
  if (packed.status === 'rejected' && ran.status === 'rejected') throw unreadable(source, packed.reason)
  if (ran.status === 'rejected') throw ran.reason
}

/** Written only when there is something to say; the script asks whether it is there. */
async function fileIn(sandbox: Sandbox, name: string, text: string): Promise<string> {
  const path = `${places.temp}/${name}`
  if (text !== '') await sandbox.writeFile(path, text)
  return text === '' ? '' : path
}

function createLine({ name, object }: SourceRef): string {
  return `update ${name.replace(/^refs\/heads\//, 'refs/remotes/origin/')} ${object}\n`
}

function unreadable(source: CheckoutSource, cause: unknown): Failure {
  return new Failure('checkout-failed', `the commit ${source.commit} could not be read`, {
    hint: 'Is it in the repository, with all of its objects?',
    cause,
  })
}
