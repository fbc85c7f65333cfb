import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createLocalForge } from './create-local-forge.ts'
import { forgetFetched } from './fetch-from-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'fetched-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('old fetched commits are forgotten, but not the newest and none in use, and no other ref', async () => {
  const forge = await createLocalForge({ dataDir: folder })
  const projectId = randomUUID()
  // No mirror yet: nothing to do.
  await forgetFetched(forge, projectId, async () => [])
  await forge.initRepository({ projectId, files: [{ path: 'a', content: 'a' }], message: 'first' })
  const gitDir = forge.gitDir(projectId)
  const git = async (args: string[], input = '') =>
    (await forge.runGit({ gitDir, args, input })).stdout.toString().trim()
  const tree = await git(['rev-parse', 'main^{tree}'])
  const commits: string[] = []
  for (let n = 0; n < 25; n++) {
    const at = `A <a@example.com> ${1_700_000_000 + n} +0000`
    const text = `tree ${tree}\nauthor ${at}\ncommitter ${at}\n\n${n}\n`
    const commit = await git(['hash-object', '-t', 'commit', '-w', '--stdin'], text)
    await git(['update-ref', `refs/signalbox/fetched/${commit}`, commit])
    commits.push(commit)
  }
  const [oldest = ''] = commits
  await forgetFetched(forge, projectId, async () => [oldest])
  const left = (await git(['for-each-ref', '--format=%(objectname)', 'refs/signalbox/fetched/'])).split('\n')
  expect(left.sort()).toEqual([oldest, ...commits.slice(5)].sort())
  expect(await forge.head(projectId, 'main')).toMatch(/^[0-9a-f]{40}$/)
})
