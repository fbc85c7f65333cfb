import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { TestDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { readConfig } from '../../config.ts'
import { insertProject } from '../../db/projects.ts'
import type { LocalForge } from '../../forge/local/create-local-forge.ts'
import type { FlowDeps } from '../deps.ts'

/** What flows need, with a queue that only writes down what it is sent. */
export function fixtureDeps(
  { db }: TestDatabase,
  forge: LocalForge,
  now = () => new Date(),
): { deps: FlowDeps; sent: [name: string, payload: Record<string, string>][] } {
  const sent: [string, Record<string, string>][] = []
  const queue = {
    send: async (_db: unknown, name: string, payload: Record<string, string>) =>
      void sent.push([name, payload]),
  }
  const log = pino({ level: 'silent' })
  return { deps: { db, queue, forge, config: readConfig({}), clock: { now }, log } as never, sent }
}

/** A project whose repository holds these files on `main`, and ways to commit to it and to move its branches. */
export async function pushedProject(
  { db }: TestDatabase,
  forge: LocalForge,
  options: { files: Record<string, string>; settings?: object },
) {
  const id = newId()
  const listed = Object.entries(options.files).map(([path, content]) => ({ path, content }))
  const { head } = await forge.initRepository({ projectId: id, files: listed, message: 'first' })
  const row = await insertProject(db, {
    id,
    slug: `pushed-${id.slice(-12)}`,
    name: 'Pushed',
    default_branch: 'main',
    settings: ProjectSettings.parse(options.settings ?? {}),
  })
  if (!row) throw new Error('no project')
  const git = async (args: string[], input = '') =>
    (await forge.runGit({ gitDir: forge.gitDir(id), args, input })).stdout.toString().trim()

  /** A commit on top of another with files added or replaced; no branch moves. */
  async function commit(
    parent: string,
    change: { message: string; files?: Record<string, string>; email?: string },
  ): Promise<string> {
    const tree = await git(['ls-tree', '-r', parent])
    const entries = new Map(
      tree.split('\n').map((line) => [line.split('\t')[1] ?? '', line.split(/\s+/)[2] ?? '']),
    )
    for (const [path, content] of Object.entries(change.files ?? {})) {
      entries.set(path, await git(['hash-object', '-w', '--stdin'], content))
    }
    return forge.commitTree({
      projectId: id,
      tree: await treeOf(entries),
      parents: [parent],
      message: change.message,
      author: { name: 'Ann', email: change.email ?? 'ann@example.com', at: 1_700_000_000 },
    })
  }
  async function treeOf(entries: Map<string, string>): Promise<string> {
    const folders = Map.groupBy(entries, ([path]) =>
      path.includes('/') ? path.slice(0, path.indexOf('/')) : '',
    )
    const lines: string[] = []
    for (const [folder, inside] of folders) {
      if (folder === '') lines.push(...inside.map(([path, blob]) => `100644 blob ${blob}\t${path}`))
      else {
        const below = new Map(inside.map(([path, blob]) => [path.slice(folder.length + 1), blob]))
        lines.push(`040000 tree ${await treeOf(below)}\t${folder}`)
      }
    }
    return git(['mktree'], `${lines.join('\n')}\n`)
  }
  async function move(branch: string, to: string): Promise<void> {
    const from = await forge.head(id, branch)
    const ref = `refs/heads/${branch}`
    if (!(await forge.updateRef({ projectId: id, ref, to, from }))) throw new Error(`${branch} is elsewhere`)
  }
  return { id, head, commit, move, row }
}
