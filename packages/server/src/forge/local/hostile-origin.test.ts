import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createLocalForge, type LocalForge } from './create-local-forge.ts'

const folder = mkdtempSync(join(tmpdir(), 'hostile-origin-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let origin: string
let owned: string
let script: string
let forge: LocalForge
const projectId = randomUUID()

function git(...args: string[]): string {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 't',
    GIT_AUTHOR_EMAIL: 't@t',
    GIT_COMMITTER_NAME: 't',
    GIT_COMMITTER_EMAIL: 't@t',
  }
  return execFileSync('git', ['-C', origin, ...args], { env, encoding: 'utf8', stdio: 'pipe' }).trim()
}

beforeEach(async () => {
  origin = join(folder, randomUUID())
  owned = join(folder, `owned-${randomUUID()}`)
  script = join(folder, `script-${randomUUID()}`)
  mkdirSync(origin)
  writeFileSync(script, `#!/bin/sh\ntouch ${owned}\ncat\n`)
  chmodSync(script, 0o755)
  git('init', '-q', '-b', 'main')
  writeFileSync(join(origin, '.gitattributes'), '* filter=evil\n')
  writeFileSync(join(origin, 'a'), 'first\n')
  git('add', '-A')
  git('commit', '-qm', 'first')
  git('checkout', '-qb', 'next')
  writeFileSync(join(origin, 'a'), 'second\n')
  git('commit', '-qam', 'second')
  git('checkout', '-q', 'main')
  forge = await createLocalForge({ dataDir: join(folder, randomUUID()) })
  await forge.importRepository({ projectId, source: origin })
})

async function push(branch: string) {
  const commit = (await forge.head(projectId, 'next')) ?? ''
  return await forge.pushToOrigin({ projectId, origin, branch, commit })
}

test('a push does not run what the origin wants to list its alternates with', async () => {
  const other = join(folder, randomUUID())
  execFileSync('git', ['init', '-q', '--bare', other])
  writeFileSync(join(origin, '.git', 'objects', 'info', 'alternates'), `${other}/objects\n`)
  git('config', 'core.alternateRefsCommand', script)
  expect(await push('elsewhere')).toEqual({ pushed: true })
  expect(existsSync(owned)).toBe(false)
})

test('a push never writes into a checkout, and says what to do instead', async () => {
  git('config', 'receive.denyCurrentBranch', 'updateInstead')
  git('config', 'filter.evil.smudge', script)
  git('config', 'core.fsmonitor', script)
  expect(await push('main')).toEqual({
    pushed: false,
    reason: expect.stringContaining('use a bare repository, or check out another branch there'),
  })
  expect(existsSync(owned)).toBe(false)
  git('checkout', '-q', '--detach')
  rmSync(owned, { force: true })
  expect(await push('main')).toEqual({ pushed: true })
  expect(existsSync(owned)).toBe(false)
})
