import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Lines that the counting step prints, one after the other. */
export const countedLines = 400

const workflow = `name: Count
on: workflow_dispatch
jobs:
  count:
    runs-on: ubuntu-latest
    steps:
      - name: Count
        run: |
          for ((n = 1; n <= ${countedLines}; n++)); do
            printf 'line %06d\\n' "$n"
            sleep 0.015
          done
`

/** A repository with a workflow whose one step prints numbered lines slowly; its path. */
export async function makeCountingRepository(folder: string): Promise<string> {
  const path = join(folder, 'counting')
  await mkdir(join(path, '.signalbox', 'workflows'), { recursive: true })
  await writeFile(join(path, '.signalbox', 'workflows', 'count.yml'), workflow)
  const git = (...args: string[]) =>
    run('git', ['-C', path, '-c', 'user.name=Chaos', '-c', 'user.email=chaos@signalbox.invalid', ...args])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '.')
  await git('commit', '--quiet', '--message', 'Count')
  return path
}

/** The text of the nth line, counted from 1. */
export function countedLine(n: number): string {
  return `line ${String(n).padStart(6, '0')}`
}
