import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from '../job/job-fixture.ts'
import type { Sandbox } from '../sandbox/port.ts'
import { checkOut } from './check-out.ts'
import { collectTree } from './collect-tree.ts'

let fixture: JobFixture
let sandbox: Sandbox
beforeAll(() => {
  fixture = jobFixture({
    'README.md': 'hello\n',
    '.gitignore': 'ignored\nnode_modules/\n',
    'deep.txt': 'x\n',
  })
})
afterAll(() => fixture.close())
beforeEach(async () => {
  sandbox = await fixture.sandbox()
  const source = { gitDir: fixture.gitDir, commit: fixture.commit, ref: 'refs/heads/main' }
  await checkOut(sandbox, { source, path: '/workspace', depth: 1, branch: source.ref })
})
afterEach(() => sandbox.destroy())

async function shell(script: string): Promise<void> {
  const out: string[] = []
  const { code } = await sandbox.exec(['bash', '-ec', script], {
    onOutput: (_, chunk) => void out.push(String(chunk)),
  })
  expect(`${code} ${code === 0 ? '' : out.join('')}`).toBe('0 ')
}

async function collected() {
  const result = await collectTree(sandbox, { base: fixture.commit, gitDir: fixture.gitDir })
  const listed = fixture.git('ls-tree', '-r', '-z', result.tree).split('\0').filter(Boolean)
  const entries = Object.fromEntries(
    listed.map((line) => {
      const [meta = '', name = ''] = line.split('\t')
      return [name, meta.split(' ')[0]]
    }),
  )
  return {
    ...result,
    entries,
    show: (name: string) => fixture.git('cat-file', '-p', `${result.tree}:${name}`),
  }
}

/** A commit whose `vendor` is a link to a commit elsewhere. */
function withSubmodule(): string {
  const { git, gitDir, commit } = fixture
  process.env['GIT_INDEX_FILE'] = `${gitDir}/test-index`
  try {
    git('read-tree', commit)
    git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor`)
    return git('commit-tree', git('write-tree'), '-p', commit, '-m', 'submodule')
  } finally {
    delete process.env['GIT_INDEX_FILE']
  }
}

describe('collectTree', () => {
  it('answers the base tree when nothing changed', async () => {
    const { tree, changed } = await collected()
    expect(changed).toBe(false)
    expect(tree).toBe(fixture.git('rev-parse', `${fixture.commit}^{tree}`))
  })

  it('takes changes, deletions, links, modes and strange names, not what is ignored', async () => {
    await shell(`
      echo new > README.md; rm deep.txt; echo x > ignored; mkdir -p node_modules sub; echo x > node_modules/a
      ln -s /etc/passwd link; ln -s ../../../outside sub/away; printf '#!/bin/sh\\n' > tool; chmod +x tool
      echo 1 > $'new\\nline'; echo 2 > -dash; echo 3 > ' space '; echo 4 > $'\\xff\\xfe'; echo 5 > 'a"b'`)
    const { changed, entries, show } = await collected()
    expect(changed).toBe(true)
    expect(entries).toMatchObject({
      'README.md': '100644',
      link: '120000',
      'sub/away': '120000',
      tool: '100755',
      'new\nline': '100644',
      '-dash': '100644',
      ' space ': '100644',
      'a"b': '100644',
      second: '100644',
    })
    expect(Object.keys(entries)).toHaveLength(11)
    expect(show('README.md')).toBe('new')
    expect(show('link')).toBe('/etc/passwd')
  })

  it.each([
    ['deleted', 'rm -rf .git'],
    ['a file', 'rm -rf .git; echo gitdir: /etc > .git'],
    ['a link', 'rm -rf .git; ln -s /etc .git'],
    [
      'poisoned',
      `printf '[core]\\n\\tfsmonitor = "touch /workspace/owned; false"\\n\\thooksPath = /workspace\\n[filter "x"]\\n\\tclean = echo owned\\n' >> .git/config; mkdir -p .git/info; echo '* filter=x' > .git/info/attributes; echo added > .git/info/exclude`,
    ],
    ['full of garbage', 'head -c 1000 /dev/urandom > .git/index; rm -rf .git/objects'],
  ])('works when .git is %s', async (_name, script) => {
    await shell(`${script}; echo added > added`)
    const { changed, entries, show } = await collected()
    expect(changed).toBe(true)
    expect(Object.keys(entries).toSorted()).toEqual([
      '.gitignore',
      'README.md',
      'added',
      'deep.txt',
      'second',
    ])
    expect(show('added')).toBe('added')
  })

  it('takes nested repositories as folders and puts them back', async () => {
    await shell(`
      git init -q inner; echo a > inner/a; git -C inner add .; git -C inner -c user.name=a -c user.email=a@b commit -qm x
      git init -q empty; echo b > empty/b
      mkdir -p file/node_modules; echo 'gitdir: ../inner/.git' > file/.git; echo c > file/c; echo d > file/node_modules/d`)
    const { entries } = await collected()
    expect(entries).toMatchObject({ 'inner/a': '100644', 'empty/b': '100644', 'file/c': '100644' })
    expect(Object.keys(entries)).toHaveLength(7)
    await shell('git -C inner log -1 --format=%s | grep -x x; test -f file/.git; test -d empty/.git')
  })

  it('is not fooled by a git of the agent', async () => {
    await shell(`
      mkdir -p ~/bin; printf '[core]\\n\\tfsmonitor = touch /workspace/owned\\n' > ~/.gitconfig; echo added > added`)
    const { entries } = await collected()
    expect(Object.keys(entries)).not.toContain('owned')
  })

  it('refuses a tree that git finds broken or evil and keeps the repository clean', async () => {
    await shell('mkdir -p .GIT/hooks; echo evil > .GIT/config')
    await expect(collected()).rejects.toMatchObject({
      code: expect.stringMatching(/^(collect-failed|tree-refused)$/),
    })
    expect(fixture.git('fsck', '--strict')).not.toContain('error')
  })

  it('refuses more than the repository takes, and does not hang', async () => {
    await shell('head -c 8000000 /dev/urandom > big')
    const options = { base: fixture.commit, gitDir: fixture.gitDir, maxPackBytes: 1_000_000 }
    await expect(collectTree(sandbox, options)).rejects.toMatchObject({ code: 'tree-refused' })
  })

  it('keeps a submodule of the base as it is', async () => {
    const commit = withSubmodule()
    const own = await fixture.sandbox()
    const source = { gitDir: fixture.gitDir, commit, ref: '' }
    await checkOut(own, { source, path: '/workspace', depth: 1, branch: '' })
    const same = await collectTree(own, { base: commit, gitDir: fixture.gitDir })
    expect(same.changed).toBe(false)
    await own.writeFile('/workspace/added', 'x')
    const { tree } = await collectTree(own, { base: commit, gitDir: fixture.gitDir })
    expect(fixture.git('ls-tree', tree, 'vendor')).toMatch(/^160000 commit 1{40}/)
    await own.destroy()
  })

  it('refuses a folder that cannot be read', async () => {
    await shell('mkdir closed; echo x > closed/x; chmod 000 closed')
    await expect(collected()).rejects.toMatchObject({ code: 'collect-failed' })
  })
})
