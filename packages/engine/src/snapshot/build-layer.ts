import { packOfTree } from '../actions/host-git.ts'
import { runScriptIn } from '../actions/sandbox-git.ts'
import type { ExecOptions, ExecResult, Sandbox, SandboxProvider, SandboxSpec } from '../sandbox/port.ts'
import type { TreeEntry } from './install-inputs.ts'
import { measureLayer } from './measure-layer.ts'

/** A sealed layer: its folder on the host, what it holds, and how much. */
export interface BuiltLayer {
  path: string
  /** Top-most paths in it, relative to the workspace. */
  paths: string[]
  sizeBytes: number
}

/**
 * How making a layer ended. `empty`: the install made no files. `failed`: it did not end with 0. `refused`: it
 * worked but cannot be kept.
 */
export type BuildResult =
  | { outcome: 'sealed'; layer: BuiltLayer }
  | { outcome: 'empty' }
  | { outcome: 'failed'; result: ExecResult }
  | { outcome: 'refused'; why: string }

/** An install and the sandbox that it is to run in. */
export interface BuildRequest {
  spec: SandboxSpec
  gitDir: string
  commit: string
  inputs: readonly TreeEntry[]
  /** Folder name of the layer. */
  layerName: string
  argv: readonly string[]
  /** Text of the script that argv ends in, and where it stands inside. */
  script: { path: string; text: string }
  exec: ExecOptions
}

const gitDirInside = '/tmp/signalbox/inputs.git'
const stepMs = 5 * 60_000
/** They become one argument of a command. */
const maxPathsLength = 60_000

const environment = `export GIT_DIR="$1" GIT_WORK_TREE="$PWD" GIT_INDEX_FILE="$1/index"`

/** $1 git directory, $2 commit; standard input is the pack. */
const unpack = `set -e
git init -q --bare --template= "$1"
${environment}
git config core.bare false
printf '%s\\n' "$2" > "$1/shallow"
git index-pack --stdin > /dev/null
`

/** $1 git directory; standard input is the index of the inputs. The workspace holds them and nothing else then. */
const place = `set -e
${environment}
git update-index -z --index-info
git checkout-index -q -a -f
git update-index -q --refresh
git ls-files -z > "$1/inputs"
`

/** $1 git directory. Prints the inputs that are not as they were. */
const compare = `set -e
${environment}
git update-index -q --refresh || true
git diff-files --name-only | head -n 3
`

/** $1 git directory. Leaves what the install made alone; whatever is empty then was only there for the inputs. */
const strip = `set -e
xargs -0 -r rm -f -- < "$1/inputs"
xargs -0 -r -n 500 dirname -z -- < "$1/inputs" | sort -zu | grep -zvx . | xargs -0 -r rmdir -p --ignore-fail-on-non-empty -- 2> /dev/null || true
`

/** Caches that a later step can do without; any other file in the home folder would be missed. */
const homeLeftover = `cd "$HOME" && find . -mindepth 1 \\( ${[
  ...['./.npm', './.cache/pip', './.cache/yarn', './.cache/pnpm', './.cache/node', './.cache/node-gyp'],
  ...['./.cache/uv', './.cache/pypoetry', './.cache/bun', './.bun/install/cache', './.local/share/pnpm'],
  ...['./.local/state/pnpm', './.config/pnpm', './.pnpm-state', './.cache/corepack', './.node-gyp'],
  ...['./.npmrc', './.yarnrc', './.node_repl_history', './.composer/cache', './.cache/composer'],
]
  .map((path) => `-path '${path}'`)
  .join(' -o ')} \\) -prune -o -type f -print -quit`

/**
 * Runs an install in a sandbox of its own that holds its inputs and nothing else, and seals what it made. The
 * sandbox is gone afterwards in any case. Throws a Failure when the machine could not do its part.
 */
export async function buildLayer(provider: SandboxProvider, request: BuildRequest): Promise<BuildResult> {
  const { signal } = request.exec
  const sandbox = await provider.create(request.spec, signal)
  try {
    await placeInputs(sandbox, request)
    await sandbox.writeFile(request.script.path, request.script.text)
    const result = await sandbox.exec([...request.argv], request.exec)
    if (result.code !== 0) return { outcome: 'failed', result }
    const why = await whyNotKept(sandbox, signal)
    if (why) return { outcome: 'refused', why }
    const paths = await stripInputs(sandbox, request.inputs, signal)
    if (typeof paths === 'string') return { outcome: 'refused', why: paths }
    if (paths.length === 0) return { outcome: 'empty' }
    const path = await sandbox.snapshot(request.layerName)
    return { outcome: 'sealed', layer: { path, paths, sizeBytes: await measureLayer(path) } }
  } finally {
    await sandbox.destroy()
  }
}

async function placeInputs(sandbox: Sandbox, request: BuildRequest): Promise<void> {
  const { gitDir, commit, exec } = request
  const options = { code: 'checkout-failed', what: 'the inputs of the install could not be placed' }
  const common = { ...options, timeoutMs: stepMs, signal: exec.signal, cwd: '/workspace' }
  await runScriptIn(sandbox, 'mkdir -p "$1"', ['/tmp/signalbox/temp'], { ...common, cwd: '/' })
  // Not earlier: what a process has printed when it ends is gone if nobody reads it by then.
  const pack = packOfTree(gitDir, commit, { signal: exec.signal })
  await runScriptIn(sandbox, unpack, [gitDirInside, commit], { ...common, stdin: pack.stdout }).finally(() =>
    pack.stdout.destroy(),
  )
  await pack.done
  const index = request.inputs.map(({ mode, oid, path }) => `${mode} ${oid}\t${path}\0`).join('')
  await runScriptIn(sandbox, place, [gitDirInside], { ...common, stdin: index })
}

async function whyNotKept(sandbox: Sandbox, signal: AbortSignal | undefined): Promise<string | undefined> {
  const common = {
    code: 'snapshot-failed',
    what: 'the install could not be looked at',
    timeoutMs: stepMs,
    signal,
  }
  const changed = await runScriptIn(sandbox, compare, [gitDirInside], common)
  if (changed.trim() !== '') return `the install changes files of the repository: ${oneLine(changed)}`
  const left = await runScriptIn(sandbox, homeLeftover, [], common)
  if (left.trim() !== '') {
    return `the install writes into the home folder (~/${oneLine(left).replace(/^\.\//, '')}), which a snapshot does not hold`
  }
  return undefined
}

function oneLine(text: string): string {
  return text.trim().split('\n').join(', ').slice(0, 300)
}

/** Removes the inputs and answers what is left at the top; a sentence when that cannot be kept. */
async function stripInputs(
  sandbox: Sandbox,
  inputs: readonly TreeEntry[],
  signal: AbortSignal | undefined,
): Promise<string[] | string> {
  const common = {
    code: 'snapshot-failed',
    what: 'the inputs could not be removed',
    timeoutMs: stepMs,
    signal,
  }
  await runScriptIn(sandbox, strip, [gitDirInside], common)
  const folders = ancestorsOf(inputs)
  const list = 'for d; do [ -d "$d" ] && find "$d" -mindepth 1 -maxdepth 1 -print0; done; true'
  const printed = await runScriptIn(
    sandbox,
    list,
    [...folders].map((folder) => `./${folder}`),
    common,
  )
  const found = printed
    .split('\0')
    .filter((path) => path !== '')
    .map((path) => path.replace(/^\.\/+/, ''))
  const paths = found.filter((path) => !folders.has(path))
  if (paths.join('\n').length > maxPathsLength) return 'the install made too many files at the top'
  const odd = paths.find((path) => /[\n\r\0]/.test(path) || path.length > 1000)
  return odd === undefined ? paths.sort() : 'the install made a file with an unusable name'
}

/** Folders that hold inputs, at any depth; the workspace itself is the empty path. */
function ancestorsOf(inputs: readonly TreeEntry[]): Set<string> {
  const folders = new Set<string>([''])
  for (const { path } of inputs) {
    const parts = path.split('/').slice(0, -1)
    for (let depth = 1; depth <= parts.length; depth++) folders.add(parts.slice(0, depth).join('/'))
  }
  return folders
}
