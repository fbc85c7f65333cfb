import { matchesGlob, posix } from 'node:path'

/** A file of a git tree: its mode and object id stand for its bytes. */
export interface TreeEntry {
  path: string
  mode: string
  oid: string
}

/** Files that pin what an install brings, by the name of the package manager. */
export const lockfiles: Record<string, string> = {
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
  'deno.lock': 'deno',
  'poetry.lock': 'poetry',
  'uv.lock': 'uv',
  'pdm.lock': 'pdm',
  'Pipfile.lock': 'pipenv',
  'go.sum': 'go',
  'Cargo.lock': 'cargo',
  'Gemfile.lock': 'bundler',
  'composer.lock': 'composer',
  'mix.lock': 'mix',
}

/** What package managers read beside the lockfile, by its name in any folder. */
const manifests = new Set([
  ...['package.json', '.npmrc', 'pnpm-workspace.yaml', '.pnpmfile.cjs', '.pnpmfile.mjs', '.yarnrc'],
  ...['.yarnrc.yml', 'bunfig.toml', '.nvmrc', '.node-version', '.tool-versions', 'deno.json', 'deno.jsonc'],
  ...['pyproject.toml', 'poetry.toml', 'Pipfile', '.python-version', 'go.mod', 'go.work', 'go.work.sum'],
  ...['Cargo.toml', 'rust-toolchain', 'rust-toolchain.toml', 'Gemfile', '.ruby-version', 'composer.json'],
  ...['mix.exs', '.gitattributes'],
])

const patterns = ['**/requirements*.txt', '**/constraints*.txt', '**/.yarn/**', '**/patches/**']

/** The files of a tree that an install may read: lockfiles, manifests, and what the project names as well. */
export function selectInputs(entries: readonly TreeEntry[], more: readonly string[] = []): TreeEntry[] {
  return entries.filter(({ path }) => {
    const name = posix.basename(path)
    if (path.split('/').includes('node_modules')) return false
    if (Object.hasOwn(lockfiles, name) || manifests.has(name)) return true
    return [...patterns, ...more].some((pattern) => matches(path, pattern))
  })
}

/** A pattern is a glob; a folder's name stands for all below it. */
function matches(path: string, pattern: string): boolean {
  const plain = pattern.replace(/\/+$/, '')
  return matchesGlob(path, plain) || path.startsWith(`${plain}/`)
}

/** The lockfiles among the inputs. */
export function lockfilesIn(entries: readonly TreeEntry[]): string[] {
  return entries.map(({ path }) => path).filter((path) => Object.hasOwn(lockfiles, posix.basename(path)))
}
