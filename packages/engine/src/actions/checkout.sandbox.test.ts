import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from '../job/job-fixture.ts'
import type { CheckoutSource } from '../job/port.ts'
import { refsBelow } from './source-refs.ts'

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture({
    'README.md': 'hello\n',
    '-dash': 'd',
    'new\nline': 'n',
    '.gitattributes': '* filter=evil\n',
  })
})
afterAll(() => fixture.close())

describe('actions/checkout', () => {
  it('brings the commit alone, on its branch, with a clean status', async () => {
    const { result, text } = await fixture.run(`
- uses: actions/checkout@v4
- run: git log --format=%s; git status --porcelain; git symbolic-ref HEAD; git rev-parse HEAD; ls -A | wc -l; git fsck`)
    expect(result.conclusion).toBe('success')
    expect(text(2)).toBe(`second\nrefs/heads/main\n${fixture.commit}\n7`)
  })

  it('brings all history with fetch-depth 0, and another commit into a folder', async () => {
    const first = fixture.git('rev-parse', 'HEAD^')
    const { result, text, steps } = await fixture.run(`
- uses: actions/checkout@v4
  with: {fetch-depth: 0, ref: main}
- uses: actions/checkout@v4
  with: {ref: ${first}, path: old/one}
- run: git log --format=%s; git -C old/one log --format=%s; ls second; ls old/one/second || true`)
    expect(result.conclusion).toBe('success')
    expect(text(3)).toContain('second\nfirst\nfirst\nsecond')
    expect(steps[1]?.outputs['commit']).toBe(first)
  })

  it('overwrites what lies in the way, keeps what is ignored, and trusts no git data of before', async () => {
    const { result, text } = await fixture.run(`
- run: |
    mkdir -p .git/hooks node_modules; echo '[filter "evil"] smudge = echo evil' > .git/config
    echo evil > README.md; echo evil > extra; echo node_modules > .gitignore; git init -q . || true
- uses: actions/checkout@v4
- run: cat README.md; ls -A; git config --get filter.evil.smudge || echo no filter`)
    expect(result.conclusion).toBe('success')
    expect(text(3)).toContain('hello')
    expect(text(3)).not.toContain('evil')
    expect(text(3)).toContain('no filter')
  })

  it.each([
    ['ref: nope', 'there is no ref nope here'],
    [`ref: ${'a'.repeat(40)}`, 'is not in the repository'],
    ['ref: --upload-pack=x', 'there is no ref'],
    ['path: ../out', 'path leaves the workspace'],
    ['path: /etc', 'path leaves the workspace'],
    ['fetch-depth: -1', 'fetch-depth is -1'],
    ['fetch-depth: all', 'fetch-depth is all'],
    ['repository: other/thing', 'other/thing is not the repository of this run, team/app'],
  ])('refuses %s', async (input, reason) => {
    const { steps } = await fixture.run(`- uses: actions/checkout@v4\n  with: {${input}}`)
    expect(steps[0]).toMatchObject({ outcome: 'failure' })
    expect(steps[0]?.reason).toContain(reason)
  })

  describe('with branches and tags', () => {
    let refs: JobFixture
    let request: { checkout: CheckoutSource }
    beforeAll(() => {
      refs = jobFixture({ 'README.md': 'hello\n', a: 'a', b: 'b' })
      const tree = refs.git('rev-parse', 'HEAD^{tree}')
      const as = ['-c', 'user.name=a', '-c', 'user.email=a@b']
      let tip = refs.commit
      for (const name of ['third', 'fourth'])
        tip = refs.git(...as, 'commit-tree', tree, '-p', tip, '-m', name)
      refs.git('branch', 'next', tip)
      refs.git('tag', 'v1', 'HEAD^')
      refs.git(...as, 'tag', '-a', 'v2', '-m', 'second', 'HEAD')
      refs.git('tag', 'blob', 'HEAD:a')
      const checkout = { gitDir: refs.gitDir, commit: refs.commit, ref: 'refs/heads/main' }
      const list = () => refsBelow(refs.gitDir, 'refs/heads/', 'refs/tags/')
      request = { checkout: { ...checkout, refs: list } }
    })
    afterAll(() => refs.close())

    it('brings all of them with all history', async () => {
      const { text } = await refs.run(
        `
- uses: actions/checkout@v4
  with: {fetch-depth: 0}
- run: git describe --tags; git for-each-ref --format='%(refname)'; git log --format=%s origin/next; git merge-base HEAD origin/next
- run: git config remote.origin.url; git rev-parse --abbrev-ref HEAD@{upstream}`,
        { request: { ...request, github: { ...refs.request.github, server_url: 'https://ci.example' } } },
      )
      expect(text(2)).toBe(
        [
          'v2',
          ...['heads/main', 'remotes/origin/main', 'remotes/origin/next'].map((name) => `refs/${name}`),
          ...['refs/tags/v1', 'refs/tags/v2', 'fourth', 'third', 'second', 'first', refs.commit],
        ].join('\n'),
      )
      expect(text(3)).toBe('https://ci.example/team/app\norigin/main')
    })

    it('brings so many commits and no tag, or the tags of other commits alone', async () => {
      const { steps, text } = await refs.run(
        `
- uses: actions/checkout@v4
  with: {fetch-depth: 2, ref: next}
- run: git log --format=%s; git tag; git status -sb | head -1
- uses: actions/checkout@v4
  with: {fetch-tags: true}
- run: git log --format=%s; git tag; git log --format=%s v1`,
        { request },
      )
      expect(text(2)).toBe('fourth\nthird\n## next')
      expect(steps[0]?.outputs).toEqual({ commit: refs.git('rev-parse', 'next'), ref: 'next' })
      expect(text(4)).toBe('second\nv1\nv2\nfirst')
    })

    it.each([
      ['v1', 'first'],
      ['refs/tags/v2', 'second'],
      ['refs/heads/next', 'fourth'],
      ['next', 'fourth'],
    ])('brings the ref %s', async (ref, subject) => {
      const { text } = await refs.run(
        `- uses: actions/checkout@v4\n  with: {ref: ${ref}}\n- run: git log --format=%s`,
        { request },
      )
      expect(text(2)).toBe(subject)
    })

    it('writes only some files, by folders or by patterns', async () => {
      const { text } = await refs.run(
        `
- uses: actions/checkout@v4
  with: {sparse-checkout: '/b', sparse-checkout-cone-mode: false, path: one}
- uses: actions/checkout@v4
  with: {sparse-checkout: src, path: two}
- run: ls one; echo --; ls two; git -C one status --porcelain`,
        { request },
      )
      expect(text(3)).toBe('b\n--\nREADME.md\na\nb\nsecond')
    })
  })

  it('leaves what git does not know when it is not to clean', async () => {
    const { text } = await fixture.run(`
- run: echo mine > extra; echo theirs > README.md
- uses: actions/checkout@v4
  with: {clean: false}
- run: cat extra README.md`)
    expect(text(3)).toBe('mine\nhello')
  })

  it.each([
    ['.gitmodules', '[submodule "x"]', 'submodules: recursive', 'submodules are other repositories'],
    ['.gitattributes', '*.bin filter=lfs diff=lfs', 'lfs: true', 'files in Git LFS lie in another store'],
  ])('refuses what only another place has: %s', async (file, content, input, reason) => {
    const other = jobFixture({ [file]: `${content}\n` })
    try {
      const { steps } = await other.run(`- uses: actions/checkout@v4\n  with: {${input}}`)
      expect(steps[0]?.reason).toContain(reason)
      const without = await fixture.run(`- uses: actions/checkout@v4\n  with: {submodules: true}`)
      expect(without.result.conclusion).toBe('success')
    } finally {
      await other.close()
    }
  })

  it('takes every input of the action, also those without effect here', async () => {
    const given = { 'persist-credentials': 'false', token: 'x', filter: 'blob:none', repository: 'Team/App' }
    const lines = Object.entries(given).map(([name, value]) => `    ${name}: ${value}`)
    const { result } = await fixture.run(`- uses: actions/checkout@v4\n  with:\n${lines.join('\n')}`)
    expect(result.conclusion).toBe('success')
  })

  it('says that a commit is missing', async () => {
    const checkout = { gitDir: fixture.gitDir, commit: '1'.repeat(40), ref: '' }
    const { steps } = await fixture.run('- uses: actions/checkout@v4', { request: { checkout } })
    expect(steps[0]?.reason).toContain('could not be read')
  })
})
