import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceRef } from '../job/port.ts'
import { git } from './host-git.ts'

const format = '%(refname) %(objectname) %(*objectname) %(objecttype) %(*objecttype)'
/** What one question about parents covers; deeper ones are asked level by level. */
const walkedAhead = 20_000

/** Branches and tags below the given prefixes, such as `refs/heads/`; what points to no commit is left out. */
export async function refsBelow(gitDir: string, ...prefixes: string[]): Promise<SourceRef[]> {
  const text = await git(gitDir, ['for-each-ref', `--format=${format}`, ...prefixes])
  return text.split('\n').flatMap((line) => {
    const [name = '', object = '', peeled = '', type, peeledType] = line.split(' ')
    return (peeledType || type) === 'commit' ? [{ name, object, commit: peeled || object }] : []
  })
}

/** The commits behind which a history of `depth` commits ends; 0 is all of it. */
export async function boundaryOf(
  gitDir: string,
  commits: readonly string[],
  depth: number,
): Promise<string[]> {
  const own = await ownBoundary(gitDir)
  if (depth === 0) return own
  let level = new Set(commits)
  const seen = new Set(level)
  const parents: Map<string, string[]> =
    depth > 1 ? await parentsOf(gitDir, [`--max-count=${walkedAhead}`], commits) : new Map()
  for (let at = 1; at < depth && level.size > 0; at++) {
    const unknown = [...level].filter((commit) => !parents.has(commit))
    if (unknown.length > 0) {
      for (const [commit, above] of await parentsOf(gitDir, ['--no-walk=unsorted'], unknown)) {
        parents.set(commit, above)
      }
    }
    const next = [...level].flatMap((commit) => parents.get(commit) ?? [])
    level = new Set(next.filter((commit) => !seen.has(commit)))
    for (const commit of level) seen.add(commit)
  }
  return [...new Set([...level, ...own.filter((commit) => seen.has(commit))])]
}

async function parentsOf(
  gitDir: string,
  options: readonly string[],
  commits: readonly string[],
): Promise<Map<string, string[]>> {
  const input = commits.map((commit) => `${commit}\n`).join('')
  const text = await git(gitDir, ['rev-list', ...options, '--parents', '--stdin'], { input })
  const lines = text.split('\n').filter(Boolean)
  return new Map(
    lines.map((line) => {
      const [commit = '', ...parents] = line.split(' ')
      return [commit, parents]
    }),
  )
}

async function ownBoundary(gitDir: string): Promise<string[]> {
  try {
    return (await readFile(join(gitDir, 'shallow'), 'utf8')).split('\n').filter(Boolean)
  } catch {
    return []
  }
}
