import { lstat, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { CalledSource } from '@signalbox/core/workflow/link-calls.ts'

const maxBytes = 512 * 1024

/** Called workflows from a checkout as it stands; those of other repositories are refused. Follows no links. */
export function folderSource(root: string): CalledSource {
  return async ({ file, repository }) => {
    if (repository !== undefined) throw remoteMissing(repository)
    const path = join(root, file)
    const found = await lstat(path).catch(() => undefined)
    if (!found) throw new Failure('unknown-workflow', `there is no file ${file} in the checkout`)
    const straight = (await realpath(dirname(path))) === join(await realpath(root), dirname(file))
    if (!found.isFile() || !straight) throw new Failure('unknown-workflow', `${file} is no plain file`)
    if (found.size > maxBytes) throw new Failure('unknown-workflow', `${file} is larger than 512 kB`)
    return await readFile(path, 'utf8')
  }
}

/** What is said of a workflow of another repository. */
export function remoteMissing(repository: string): Failure {
  return new Failure(
    'unknown-workflow',
    `workflows of other repositories (${repository}) cannot be read yet`,
    {
      hint: 'Copy the file into .github/workflows of this repository and call it as ./.github/workflows/….',
    },
  )
}
