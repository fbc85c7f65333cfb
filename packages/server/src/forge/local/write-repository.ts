import { buildRepository, initBare } from './import-repository.ts'
import { checkPath } from './names.ts'
import { mustRun, type RunGit } from './run-git.ts'

/** The platform's own name on commits that it makes. */
export const platformAuthor = { name: 'Signalbox', email: 'signalbox@localhost' } as const

/** A repository with one commit on `main`, written by git's fast-import: no work tree, no filters. */
export async function initWith(
  runGit: RunGit,
  gitDir: string,
  input: {
    files: { path: string; content: string | Uint8Array; executable?: boolean }[]
    message: string
    atSeconds: number
  },
): Promise<{ defaultBranch: string; head: string }> {
  await buildRepository(gitDir, async (draft) => {
    await initBare(runGit, draft, 'main')
    await mustRun(runGit, {
      gitDir: draft,
      args: ['fast-import', '--quiet', '--done'],
      input: importStream(input),
    })
  })
  const head = await mustRun(runGit, { gitDir, args: ['rev-parse', '--verify', 'refs/heads/main'] })
  return { defaultBranch: 'main', head: head.toString('utf8').trim() }
}

function importStream(input: Parameters<typeof initWith>[2]): Buffer {
  const parts: Buffer[] = []
  const data = (content: string | Uint8Array) => {
    const bytes = Buffer.from(content)
    parts.push(Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n'))
  }
  const who = `${platformAuthor.name} <${platformAuthor.email}> ${input.atSeconds} +0000`
  parts.push(Buffer.from(`commit refs/heads/main\ncommitter ${who}\n`))
  data(input.message)
  for (const file of input.files) {
    const path = checkPath(file.path).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    parts.push(Buffer.from(`M ${file.executable ? '100755' : '100644'} inline "${path}"\n`))
    data(file.content)
  }
  parts.push(Buffer.from('done\n'))
  return Buffer.concat(parts)
}
