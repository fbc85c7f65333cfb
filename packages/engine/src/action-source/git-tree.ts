import type { ResolvedAction } from './port.ts'
import { gitArchive, mustGit, sourceGit, tooLarge } from './source-git.ts'

/** The tree of a commit in a bare repository of this machine, never checked out. */
export function gitTree(gitDir: string, commit: string, from: ResolvedAction['from']): ResolvedAction {
  return {
    commit,
    from,
    async readFile(path, { maxBytes }) {
      if (path.split('/').includes('..')) return undefined
      // Through ls-tree: a link or a folder of that name is no file.
      const listed = await mustGit({ gitDir, args: ['ls-tree', '-z', '-l', commit, '--', path] })
      const [, oid, size] = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t/.exec(listed.toString()) ?? []
      if (oid === undefined) return undefined
      if (Number(size) > maxBytes) throw tooLarge(maxBytes)
      return await mustGit({ gitDir, args: ['cat-file', 'blob', oid], maxBytes: maxBytes + 1 })
    },
    archive: (options) => gitArchive(gitDir, commit, options),
  }
}

/** The commit that a commit id, a tag or a branch of a repository of this machine is; tags first, as GitHub does. */
export async function commitIn(gitDir: string, ref: string): Promise<string | undefined> {
  for (const name of [`refs/tags/${ref}`, `refs/heads/${ref}`, `refs/remotes/origin/${ref}`, ref]) {
    if (name === ref && !/^[0-9a-f]{40,64}$/.test(ref)) continue
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]
    const { code, out } = await sourceGit({ gitDir, args })
    if (code === 0) return out.toString().trim()
  }
  return undefined
}
