import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeForge } from '@signalbox/testing/forge-contract.ts'
import { afterAll, describe, expect, it } from 'vitest'
import { createLocalForge, type LocalForge } from './create-local-forge.ts'

const folder = mkdtempSync(join(tmpdir(), 'signalbox-forge-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function git(cwd: string, ...args: string[]): string {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 't',
    GIT_AUTHOR_EMAIL: 't@t',
    GIT_COMMITTER_NAME: 't',
    GIT_COMMITTER_EMAIL: 't@t',
  }
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

/** A work tree with one commit on main. */
function repository(fill: (path: string) => void = (path) => writeFileSync(join(path, 'a'), 'a\n')): string {
  const path = join(folder, randomUUID())
  git(folder, 'init', '-q', '-b', 'main', path)
  fill(path)
  git(path, 'add', '-A')
  git(path, 'commit', '-qm', 'first')
  return path
}

async function forgeHere(): Promise<LocalForge> {
  return createLocalForge({ dataDir: join(folder, randomUUID()) })
}

/** A commit over its parent, by an index of its own. */
async function commitFiles(
  forge: LocalForge,
  projectId: string,
  parent: string,
  files: Record<string, string | null>,
): Promise<string> {
  const gitDir = forge.gitDir(projectId)
  const env = { GIT_INDEX_FILE: join(folder, `index-${randomUUID()}`) }
  await forge.runGit({ gitDir, args: ['read-tree', parent], env })
  for (const [path, content] of Object.entries(files)) {
    if (content === null) {
      const input = `0 ${'0'.repeat(40)}\t${path}\0`
      await forge.runGit({ gitDir, args: ['update-index', '-z', '--index-info'], input, env })
      continue
    }
    const blob = await forge.runGit({ gitDir, args: ['hash-object', '-w', '--stdin'], input: content })
    const info = `100644,${blob.stdout.toString().trim()},${path}`
    await forge.runGit({ gitDir, args: ['update-index', '--add', '--cacheinfo', info], env })
  }
  const tree = (await forge.runGit({ gitDir, args: ['write-tree'], env })).stdout.toString().trim()
  const author = { name: 'Agent', email: 'agent@localhost', at: 1_700_000_000 }
  return forge.commitTree({ projectId, tree, parents: [parent], message: 'work', author })
}

describeForge('local', async () => {
  const forge = await forgeHere()
  return {
    forge,
    async project(files) {
      const projectId = randomUUID()
      await forge.initRepository({ projectId, files, message: 'first' })
      return projectId
    },
    commit: (projectId, parent, files) => commitFiles(forge, projectId, parent, files),
  }
})

describe('import', () => {
  it('mirrors a path, keeps its default branch and is idempotent', async () => {
    const source = repository()
    git(source, 'branch', 'other')
    const forge = await forgeHere()
    const projectId = randomUUID()
    const first = await forge.importRepository({ projectId, source })
    expect(first).toEqual({ defaultBranch: 'main', head: git(source, 'rev-parse', 'HEAD') })
    expect(await forge.head(projectId, 'other')).toBe(first.head)
    expect(await forge.importRepository({ projectId, source })).toEqual(first)
  })

  it('reads a repository that belongs to somebody else', async () => {
    if (process.getuid?.() !== 0) return
    const source = repository()
    execFileSync('chown', ['-R', 'nobody', source])
    const forge = await forgeHere()
    const imported = await forge.importRepository({ projectId: randomUUID(), source })
    expect(imported.defaultBranch).toBe('main')
  })

  it('says what to do with an empty repository', async () => {
    const source = join(folder, randomUUID())
    git(folder, 'init', '-q', source)
    const forge = await forgeHere()
    const projectId = randomUUID()
    await expect(forge.importRepository({ projectId, source })).rejects.toMatchObject({
      code: 'empty-repository',
      hint: expect.stringContaining('Commit something'),
    })
    expect(existsSync(forge.gitDir(projectId))).toBe(false)
  })

  it.each([
    ['--upload-pack=touch /tmp/owned', 'invalid-source'],
    ['ext::sh -c touch% /tmp/owned', 'unsupported-source'],
    ['file:///etc', 'unsupported-source'],
    ['http://example.com/x.git', 'unsupported-source'],
    ['https://me:secret@example.com/x.git', 'unsupported-source'],
    ['https://token@example.com/x.git', 'unsupported-source'],
    ['ssh://-oProxyCommand=touch/x', 'invalid-source'],
    ['ssh://-oProxyCommand@host/x', 'invalid-source'],
    ['-oProxyCommand=x:y', 'invalid-source'],
    ['relative/path', 'invalid-source'],
    ['https://example.com/\n.git', 'invalid-source'],
    ['/etc', 'invalid-source'],
    ['/nowhere/at/all', 'invalid-source'],
    ['', 'invalid-source'],
  ])('refuses %j with a reason', async (source, code) => {
    const forge = await forgeHere()
    const attempt = forge.importRepository({ projectId: randomUUID(), source })
    await expect(attempt).rejects.toMatchObject({ code, name: 'Failure' })
    await expect(attempt).rejects.not.toThrow(/secret|token@/)
  })

  it('runs nothing that a repository asks for', async () => {
    const owned = join(folder, `owned-${randomUUID()}`)
    const script = join(folder, `script-${randomUUID()}`)
    writeFileSync(script, `#!/bin/sh\ntouch ${owned}\n`)
    chmodSync(script, 0o755)
    const source = repository((path) => {
      writeFileSync(join(path, '.gitmodules'), `[submodule "x"]\n\tpath = x\n\turl = ./y\n`)
      writeFileSync(join(path, '.gitattributes'), '* filter=evil diff=evil merge=evil\n')
    })
    for (const [key, value] of [
      ['core.fsmonitor', script],
      ['core.sshCommand', script],
      ['uploadpack.packObjectsHook', script],
      ['filter.evil.clean', script],
      ['diff.evil.command', script],
      ['merge.evil.driver', script],
      ['core.pager', script],
      ['core.hooksPath', join(source, '.git', 'hooks')],
    ] as const) {
      git(source, 'config', key, value)
    }
    for (const hook of ['post-checkout', 'pre-receive', 'reference-transaction', 'update']) {
      mkdirSync(join(source, '.git', 'hooks'), { recursive: true })
      symlinkSync(script, join(source, '.git', 'hooks', hook))
    }
    const forge = await forgeHere()
    const projectId = randomUUID()
    const { head } = await forge.importRepository({ projectId, source })
    const next = await commitFiles(forge, projectId, head, { a: 'new\n' })
    const other = await commitFiles(forge, projectId, head, { b: 'new\n' })
    await forge.diff(projectId, head, next, 10_000)
    await forge.mergeCommit({ projectId, base: other, head: next, message: 'm' })
    await forge.pushToOrigin({ projectId, origin: source, branch: 'elsewhere', commit: next })
    expect(git(source, 'rev-parse', 'elsewhere')).toBe(next)
    expect(existsSync(owned)).toBe(false)
  })

  it('refuses a history with a submodule address that is an option', async () => {
    const source = repository((path) => {
      writeFileSync(
        join(path, '.gitmodules'),
        '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch owned\n',
      )
    })
    const forge = await forgeHere()
    const attempt = forge.importRepository({ projectId: randomUUID(), source })
    await expect(attempt).rejects.toMatchObject({ code: 'source-unreachable' })
    await expect(attempt).rejects.toThrow(/gitmodulesUrl|disallowed submodule url/i)
  })

  it('shows hostile names and symlinks as what they are', async () => {
    const long = 'n'.repeat(250)
    const names = ['with\nnewline', 'with"quote', '-rf', ':(glob)*', 'ünï', ' space ', long]
    const source = repository((path) => {
      for (const name of names) writeFileSync(join(path, name), name)
      symlinkSync('/etc/passwd', join(path, 'link'))
    })
    const forge = await forgeHere()
    const projectId = randomUUID()
    const { head } = await forge.importRepository({ projectId, source })
    const listed = await forge.listFiles(projectId, head, '')
    expect(listed.filter((entry) => entry.kind === 'file').map((entry) => entry.path)).toEqual(
      expect.arrayContaining(names),
    )
    for (const name of names) {
      expect((await forge.readFile(projectId, head, name, 1000))?.text).toBe(name)
    }
    await expect(forge.readFile(projectId, head, 'link', 1000)).rejects.toMatchObject({ code: 'not-a-file' })
    expect(await forge.changedFiles(projectId, head, head)).toEqual([])
  })
})

it('names the branch that is in the way of another', async () => {
  const forge = await forgeHere()
  const projectId = randomUUID()
  const files = [{ path: 'a', content: 'a' }]
  const { head } = await forge.initRepository({ projectId, files, message: 'm' })
  const made = { projectId, to: head, from: undefined }
  expect(await forge.updateRef({ ...made, ref: 'refs/heads/signalbox' })).toBe(true)
  await expect(forge.updateRef({ ...made, ref: 'refs/heads/signalbox/change-1' })).rejects.toMatchObject({
    code: 'invalid-ref',
    retryable: false,
    message: expect.stringContaining('A branch named signalbox is in the way'),
  })
})

describe('what a crash leaves', () => {
  it('an old lock of a ref is taken away, a young one is somebody’s and stays', async () => {
    const forge = await forgeHere()
    const projectId = randomUUID()
    const files = [{ path: 'a', content: 'a' }]
    const { head } = await forge.initRepository({ projectId, files, message: 'm' })
    const next = await commitFiles(forge, projectId, head, { b: 'b' })
    const lock = join(forge.gitDir(projectId), 'refs', 'heads', 'main.lock')
    const move = { projectId, ref: 'refs/heads/main', to: next, from: head }
    writeFileSync(lock, '')
    await expect(forge.updateRef(move)).rejects.toMatchObject({ code: 'git-failed', retryable: true })
    const hourAgo = new Date(Date.now() - 3_600_000)
    utimesSync(lock, hourAgo, hourAgo)
    expect(await forge.updateRef(move)).toBe(true)
    expect(await forge.head(projectId, 'main')).toBe(next)
  })

  it('an abandoned draft of an import is gone at the next start', async () => {
    const dataDir = join(folder, randomUUID())
    await createLocalForge({ dataDir })
    const drafts = ['old', 'new'].map((name) => join(dataDir, 'repositories', `x.git.draft-${name}`))
    for (const draft of drafts) mkdirSync(draft)
    const longAgo = new Date(Date.now() - 2 * 86_400_000)
    utimesSync(drafts[0] ?? '', longAgo, longAgo)
    await createLocalForge({ dataDir })
    expect(drafts.map((draft) => existsSync(draft))).toEqual([false, true])
  })
})

describe('push to the origin', () => {
  it('goes forward only and says why not', async () => {
    const source = repository()
    const bare = join(folder, randomUUID())
    git(folder, 'clone', '-q', '--bare', source, bare)
    const forge = await forgeHere()
    const projectId = randomUUID()
    const { head } = await forge.importRepository({ projectId, source: bare })
    const next = await commitFiles(forge, projectId, head, { b: 'b\n' })
    const push = { projectId, origin: bare, branch: 'main', commit: next }
    expect(await forge.pushToOrigin(push)).toEqual({ pushed: true })
    expect(await forge.pushToOrigin(push)).toEqual({ pushed: true })
    const side = await commitFiles(forge, projectId, head, { c: 'c\n' })
    const refused = await forge.pushToOrigin({ ...push, commit: side })
    expect(refused).toMatchObject({
      pushed: false,
      reason: expect.stringMatching(/non-fast-forward|fetch first/),
    })
    expect(git(bare, 'rev-parse', 'main')).toBe(next)
  })

  it('follows its origin forward only, and says when both went on', async () => {
    const bare = repository((path) => writeFileSync(join(path, 'a'), 'a\n'))
    const forge = await forgeHere()
    const projectId = randomUUID()
    const { head } = await forge.importRepository({ projectId, source: bare })
    const follow = { projectId, origin: bare, branch: 'main' }
    expect(await forge.followOrigin(follow)).toEqual({ state: 'current', head })
    writeFileSync(join(bare, 'b'), 'b\n')
    git(bare, 'add', 'b')
    git(bare, 'commit', '-qm', 'b')
    const theirs = git(bare, 'rev-parse', 'main')
    expect(await forge.followOrigin(follow)).toEqual({ state: 'moved', head: theirs })
    expect(await forge.head(projectId, 'main')).toBe(theirs)
    const ours = await commitFiles(forge, projectId, theirs, { c: 'c\n' })
    await forge.updateRef({ projectId, ref: 'refs/heads/main', to: ours, from: theirs })
    expect(await forge.followOrigin(follow)).toEqual({ state: 'current', head: ours })
    git(bare, 'commit', '-q', '--allow-empty', '-m', 'd')
    expect(await forge.followOrigin(follow)).toMatchObject({ state: 'diverged', head: ours })
    expect(await forge.head(projectId, 'main')).toBe(ours)
  })
})
