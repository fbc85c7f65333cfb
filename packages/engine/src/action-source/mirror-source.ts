import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { repositoryOf } from '@signalbox/core/workflow/action-reference.ts'
import { commitIn, gitTree } from './git-tree.ts'
import { plainTree } from './plain-tree.ts'
import type { ActionSource, ResolvedAction, WantedAction } from './port.ts'
import { sourceGit } from './source-git.ts'

/**
 * Actions from a folder that somebody filled by hand: `owner/repo@ref` is a checkout or a plain folder, whose files
 * are taken as they stand, or a bare repository; `owner/repo` and `owner/repo.git` are repositories with every ref.
 * Those of a named host stand below `host[:port]/`. Nothing here asks a network.
 */
export function createMirrorSource(dir: string): ActionSource {
  const root = resolve(dir)
  if (!existsSync(root)) {
    throw new Failure('actions-folder', `There is no folder of actions ${root}.`, {
      hint: 'Make it and put checkouts into it, named owner/repo@ref.',
    })
  }
  return {
    replaces: (wanted) => placeOf(root, wanted) !== undefined,
    async commitOf(wanted) {
      const place = placeOf(root, wanted)
      return place && (await resolveIn(place, wanted)).commit
    },
    async resolve(wanted) {
      const place = placeOf(root, wanted)
      if (place) return await resolveIn(place, wanted)
      const name = `${repositoryOf(wanted)}@${wanted.ref}`
      throw new Failure('action-not-found', `${name} is not in ${root}.`, {
        hint: `Put a checkout there, into a folder named ${folderOf(wanted)}@${wanted.ref}.`,
      })
    },
  }
}

/** A folder of the mirror, and what it holds. */
interface Place {
  folder: string
  /** Its git directory, when it has one. */
  gitDir: string | undefined
  /** It stands for one ref alone. */
  one: boolean
}

function folderOf({ host, owner, repo }: WantedAction): string {
  const name = `${owner}/${repo}`
  return host === undefined ? name : `${host.replace(/^https?:\/\//, '')}/${name}`
}

function placeOf(root: string, wanted: WantedAction): Place | undefined {
  const name = folderOf(wanted)
  const at = [...new Set([name, name.toLowerCase()])]
  for (const folder of at.map((one) => join(root, `${one}@${wanted.ref}`))) {
    if (existsSync(folder)) return { folder, gitDir: gitDirOf(folder), one: true }
  }
  for (const folder of at.flatMap((one) => [join(root, `${one}.git`), join(root, one)])) {
    const gitDir = gitDirOf(folder)
    if (gitDir !== undefined) return { folder, gitDir, one: false }
  }
  return undefined
}

function gitDirOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return join(folder, '.git')
  const bare = ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(folder, name)))
  return bare ? folder : undefined
}

async function resolveIn({ folder, gitDir, one }: Place, wanted: WantedAction): Promise<ResolvedAction> {
  const { ref, commit: locked } = wanted
  if (gitDir === undefined) return plainTree(folder, undefined)
  if (one && gitDir !== folder) {
    const commit = await headOf(gitDir)
    if (locked !== undefined && commit !== locked) throw moved(folder, wanted, commit)
    return plainTree(folder, commit)
  }
  const commit =
    (await commitIn(gitDir, locked ?? ref)) ?? (one && !locked ? await headOf(gitDir) : undefined)
  if (commit !== undefined) return gitTree(gitDir, commit, 'mirror')
  throw new Failure('action-not-found', `${folder} has no ${locked ?? ref}.`, {
    hint: 'Fetch it there, or name a tag or branch that it has.',
  })
}

async function headOf(gitDir: string): Promise<string | undefined> {
  const { code, out } = await sourceGit({
    gitDir,
    args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'],
  })
  return code === 0 ? out.toString().trim() : undefined
}

function moved(folder: string, wanted: WantedAction, commit: string | undefined): Failure {
  const name = `${repositoryOf(wanted)}@${wanted.ref}`
  return new Failure(
    'action-moved',
    `${folder} is at ${commit ?? 'no commit'}, ${name} is locked to ${wanted.commit}.`,
    {
      hint: 'Check the locked commit out there, or update .signalbox/actions.lock.',
    },
  )
}
