import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, give, logOf, settled } from './small-project.ts'

const run = promisify(execFile)
/** Stands in the environment of all processes of the platform, and in a file of the person who started it. */
const canary = `canary-${randomUUID()}`
const file = join(tmpdir(), `signalbox-canary-${process.pid}`)
let platform: Platform

beforeAll(async () => {
  process.env['SIGNALBOX_TEST_CANARY'] = canary
  process.env['AWS_SECRET_ACCESS_KEY'] = canary
  await writeFile(file, canary, { mode: 0o600 })
  platform = await startPlatform()
})
afterAll(async () => {
  delete process.env['SIGNALBOX_TEST_CANARY']
  delete process.env['AWS_SECRET_ACCESS_KEY']
  await platform?.destroy()
  await rm(file, { force: true })
})

/** Everything that a job can look at, printed: environments, processes, descriptors and files up to a size. */
const look = [
  'set +e; env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr "\\0" "\\n"',
  'for f in /proc/*/fd/*; do readlink "$f"; done 2>/dev/null',
  `cat ${file} 2>/dev/null; ls /root /var/lib/signalbox /home 2>/dev/null`,
  'grep -rIsh -m1 -e "canary-[0-9a-f]" -e "postgres://" /etc /run /tmp /home /workspace /opt/signalbox /var 2>/dev/null',
  'cat /proc/self/mountinfo; true',
].join('\n')

/** The password of the embedded database and the tokens of the data folder: they are secrets of the same kind. */
async function secretsOf(dataDir: string): Promise<string[]> {
  const found = [canary, (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim()]
  const names = await readdir(dataDir, { recursive: true })
  for (const name of names.filter((one) => /password|secret|master|\.key$/i.test(one))) {
    const text = await readFile(join(dataDir, name), 'utf8').catch(() => '')
    if (text.trim().length >= 16) found.push(text.trim())
  }
  return found
}

test('what the server knows shows in no sandbox, no log, no event, no answer and no row', async () => {
  await addProject(platform, {
    name: 'canary',
    settings: { validation: { testCommand: look } },
  })
  const given = await give(platform, 'canary', `${look}\necho done > done.txt`)
  const change = await platform.waitForChange(given.id, settled)
  expect(change.conclusion, change.reason ?? '').toBe('merged')

  const secrets = await secretsOf(platform.dataDir)
  expect(secrets.length).toBeGreaterThanOrEqual(3)
  const log = await logOf(platform, change)
  // The look was taken: what it prints of the sandbox is in the log.
  expect(log).toContain('/workspace')
  expect(log).toContain('PATH=')
  const texts: Record<string, string> = { log, change: JSON.stringify(change) }
  texts['system'] = JSON.stringify(await platform.call('getSystem'))
  texts['project'] = JSON.stringify(await platform.call('getProject', { params: { project: 'canary' } }))
  for (const { id } of change.runs)
    texts[`run ${id}`] = JSON.stringify(await platform.call('getRun', { params: { run: id } }))
  for (const [where, text] of Object.entries(texts))
    for (const secret of secrets) expect(text.includes(secret), `a secret stands in ${where}`).toBe(false)

  // Whatever else the platform wrote: repositories, sandboxes, layers, logs, the files of the database.
  const grep = await run('grep', ['-rlF', '--', canary, platform.dataDir]).catch(
    (error: { stdout: string }) => ({ stdout: error.stdout }),
  )
  expect(grep.stdout).toBe('')
})
