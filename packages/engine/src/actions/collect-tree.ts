import { Failure } from '@signalbox/core/base/failure.ts'
import { places } from '../job/steps/step-files.ts'
import type { Sandbox } from '../sandbox/port.ts'
import { excludeLines } from '../snapshot/exclude-lines.ts'
import { git, packOfTree, startGit, write } from './host-git.ts'
import { runScriptIn, sandboxGitEnv } from './sandbox-git.ts'

/** What an agent may at most add to the repository in one go, packed. */
const defaultMaxPackBytes = 256 * 1024 * 1024

/** How long the host may work on a pack that has come whole. */
const importMs = 120_000

const gitDirInside = '/tmp/signalbox/collect.git'

/**
 * $1 git directory, $2 base commit. The workspace's own `.git` is never looked at. Nested ones stand aside
 * while the tree is made, so that their folders count as folders; whatever became a link anyway is named.
 */
const collect = `set -e
rm -rf "$1"
git init -q --bare --template= "$1"
export GIT_DIR="$1" GIT_WORK_TREE="$PWD" GIT_INDEX_FILE="$1/index"
git config core.bare false
printf '%s\\n' "$2" > "$1/shallow"
git index-pack --stdin > /dev/null
git read-tree "$2"
find . -mindepth 2 -name .git -prune -exec sh -c 'for f; do mv -T -- "$f" "$f-aside-signalbox"; done' sh {} +
restore() { find . -mindepth 2 -name .git-aside-signalbox -prune -exec sh -c 'for f; do mv -T -- "$f" "\${f%-aside-signalbox}"; done' sh {} +; }
trap restore EXIT
mkdir -p "$1/info" && printf '%s\\n%s' .git-aside-signalbox "$3" > "$1/info/exclude"
git add -A .
git ls-tree -r "$2" | grep '^160000' | cut -c8- | sort > "$1/links-before" || true
git write-tree > "$1/tree"
git ls-tree -r "$(cat "$1/tree")" | grep '^160000' | cut -c8- | sort > "$1/links-after" || true
new=$(comm -13 "$1/links-before" "$1/links-after" | head -n 3)
if [ -n "$new" ]; then echo "a folder is a git repository of its own: $new" >&2; exit 1; fi
cat "$1/tree"
`

const pack = `git --git-dir "$1" pack-objects --revs --stdout --thin --delta-base-offset --quiet`

/**
 * Takes the workspace as a tree into a bare repository: everything that .gitignore does not leave out, whatever
 * became of the workspace's `.git`. `base` is a commit that `gitDir` has. Throws Failures `collect-failed`
 * (the sandbox could not), `tree-refused` (what came out is no clean tree), `git-limit` (looking at it took more
 * time or memory than it may) and `git-cancelled`.
 */
export async function collectTree(
  sandbox: Sandbox,
  options: {
    base: string
    gitDir: string
    /** Paths that came with a layer and are none of the changes. */
    leaveOut?: readonly string[]
    maxPackBytes?: number
    signal?: AbortSignal
  },
): Promise<{ tree: string; changed: boolean }> {
  const { base, gitDir, signal } = options
  const leaveOut = excludeLines(options.leaveOut ?? [])
  const basePack = packOfTree(gitDir, base, { signal })
  const printed = await runScriptIn(sandbox, collect, [gitDirInside, base, leaveOut], {
    code: 'collect-failed',
    what: 'the changes could not be collected',
    stdin: basePack.stdout,
    cwd: places.workspace,
    timeoutMs: 5 * 60_000,
  }).finally(() => basePack.stdout.destroy())
  await basePack.done
  const tree = printed.trim()
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(tree))
    throw new Failure('collect-failed', 'no tree came out of the sandbox')
  const before = (await git(gitDir, ['rev-parse', '--verify', `${base}^{tree}`], { signal })).trim()
  if (tree === before) return { tree, changed: false }
  const maxPackBytes = options.maxPackBytes ?? defaultMaxPackBytes
  await importPack(sandbox, { tree, base, gitDir, maxPackBytes, signal })
  return { tree, changed: true }
}

async function importPack(
  sandbox: Sandbox,
  options: { tree: string; base: string; gitDir: string; maxPackBytes: number; signal?: AbortSignal },
): Promise<void> {
  const { tree, base, gitDir, signal } = options
  const args = ['index-pack', '--stdin', '--strict', '--fix-thin', `--max-input-size=${options.maxPackBytes}`]
  const reader = startGit(gitDir, args, { signal })
  reader.stdout.resume()
  let words = ''
  const result = await sandbox.exec(['sh', '-c', pack, 'sh', gitDirInside], {
    cwd: places.workspace,
    env: sandboxGitEnv,
    stdin: `${tree}\n^${base}\n`,
    timeoutMs: 5 * 60_000,
    signal,
    onOutput(stream, chunk) {
      if (stream === 'stdout') return write(reader.stdin, chunk)
      words = (words + Buffer.from(chunk).toString()).slice(-2000)
      return undefined
    },
  })
  reader.stdin.end()
  reader.endWithin(importMs)
  try {
    await reader.done
  } catch (cause) {
    throw result.code === 0 || isBound(cause)
      ? refused(cause)
      : new Failure('collect-failed', `the changes could not be packed: ${words.trim()}`)
  }
  try {
    // The id came out of the sandbox: it must name a tree, and all below it must have arrived.
    await git(gitDir, ['rev-list', '--objects', '--quiet', tree, '--not', base], { signal })
    const type = (await git(gitDir, ['cat-file', '-t', tree], { signal })).trim()
    if (type !== 'tree') throw new Failure('tree-refused', `${tree} is a ${type}`)
  } catch (cause) {
    throw refused(cause)
  }
}

/** True when git was ended: that says nothing about the tree. */
function isBound(cause: unknown): cause is Failure {
  return cause instanceof Failure && ['git-limit', 'git-cancelled', 'git-missing'].includes(cause.code)
}

function refused(cause: unknown): Failure {
  if (isBound(cause)) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Failure('tree-refused', `the changes are no clean tree: ${why}`, {
    hint: 'Look for file names such as .git, and for files larger than the repository can take.',
    cause,
  })
}
