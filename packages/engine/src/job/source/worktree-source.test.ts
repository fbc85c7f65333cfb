import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { worktreeSource } from './worktree-source.ts'

const made: string[] = []
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main']
  return execFileSync('git', [...identity, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'worktree-test-'))
  made.push(folder)
  git(folder, 'init', '-q')
  return folder
}

/** Everything under .git by name and content: what must not change. */
function stateOf(folder: string): string {
  const files = readdirSync(join(folder, '.git'), { recursive: true, withFileTypes: true }).filter((e) =>
    e.isFile(),
  )
  return files
    .map((e) => `${e.parentPath}/${e.name} ${readFileSync(join(e.parentPath, e.name)).toString('base64')}`)
    .sort()
    .join('\n')
}

describe('worktreeSource', () => {
  it('takes what is changed, deleted, staged, untracked and strangely named, and leaves the checkout alone', async () => {
    const folder = checkout()
    for (const name of ['kept', 'changed', 'deleted', 'staged'])
      writeFileSync(join(folder, name), `${name}\n`)
    writeFileSync(join(folder, '.gitignore'), 'ignored\n')
    git(folder, 'add', '.')
    git(folder, 'commit', '-qm', 'one')
    writeFileSync(join(folder, 'changed'), 'new\n')
    rmSync(join(folder, 'deleted'))
    writeFileSync(join(folder, 'staged'), 'staged too\n')
    git(folder, 'add', 'staged')
    writeFileSync(join(folder, 'ignored'), 'x')
    for (const name of ['-dash', 'new\nline', ' space ', 'ünï']) writeFileSync(join(folder, name), 'x')
    symlinkSync('/etc/passwd', join(folder, 'link'))
    const before = stateOf(folder)
    const made = await worktreeSource(join(folder, '.'))
    const { source } = made
    expect(stateOf(folder)).toBe(before)
    const names = git(source.gitDir, 'ls-tree', '-r', '-z', '--name-only', source.commit)
      .split('\0')
      .filter(Boolean)
    expect(names.toSorted()).toEqual(
      [' space ', '-dash', '.gitignore', 'changed', 'kept', 'link', 'new\nline', 'staged', 'ünï'].toSorted(),
    )
    expect(git(source.gitDir, 'show', `${source.commit}:changed`)).toBe('new\n')
    expect(git(source.gitDir, 'show', `${source.commit}:link`)).toBe('/etc/passwd')
    expect(git(source.gitDir, 'rev-parse', `${source.commit}^`)).toBe(git(folder, 'rev-parse', 'HEAD'))
    expect(source.ref).toBe('refs/heads/main')
    await made.close()
    expect(() => readdirSync(source.gitDir)).toThrow('ENOENT')
  })

  it('is HEAD itself when nothing differs, and works before the first commit', async () => {
    const folder = checkout()
    writeFileSync(join(folder, 'a'), 'a')
    const unborn = await worktreeSource(folder)
    expect(git(unborn.source.gitDir, 'ls-tree', '--name-only', unborn.source.commit)).toBe('a\n')
    await unborn.close()
    git(folder, 'add', '.')
    git(folder, 'commit', '-qm', 'one')
    git(folder, 'checkout', '-q', '--detach')
    const clean = await worktreeSource(folder)
    expect(clean.source.commit).toBe(git(folder, 'rev-parse', 'HEAD').trim())
    expect(clean.source.ref).toBe('')
    await clean.close()
  })

  it('knows the branches of origin as last fetched, own ones and tags', async () => {
    const folder = checkout()
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'one')
    git(folder, 'update-ref', 'refs/remotes/origin/main', 'HEAD')
    git(folder, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main')
    git(folder, 'tag', 'v1')
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'two')
    git(folder, 'branch', 'mine')
    const [one, two] = [git(folder, 'rev-parse', 'HEAD^').trim(), git(folder, 'rev-parse', 'HEAD').trim()]
    const { source, close } = await worktreeSource(folder)
    const refs = (await source.refs?.()) ?? []
    expect(Object.fromEntries(refs.map((ref) => [ref.name, ref.commit]))).toEqual({
      'refs/heads/main': one,
      'refs/heads/mine': two,
      'refs/tags/v1': one,
    })
    await close()
  })

  it('says that a folder is no checkout', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'worktree-test-'))
    made.push(folder)
    await expect(worktreeSource(folder)).rejects.toMatchObject({ code: 'no-checkout' })
    await expect(worktreeSource(join(folder, 'missing'))).rejects.toMatchObject({ code: 'no-checkout' })
  })
})
