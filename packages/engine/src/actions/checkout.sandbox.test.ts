import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from '../job/job-fixture.ts'

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
    ['fetch-depth: 5', 'fetch-depth is 5'],
  ])('refuses %s', async (input, reason) => {
    const { steps } = await fixture.run(`- uses: actions/checkout@v4\n  with: {${input}}`)
    expect(steps[0]).toMatchObject({ outcome: 'failure' })
    expect(steps[0]?.reason).toContain(reason)
  })

  it('says that a commit is missing', async () => {
    const checkout = { gitDir: fixture.gitDir, commit: '1'.repeat(40), ref: '' }
    const { steps } = await fixture.run('- uses: actions/checkout@v4', { request: { checkout } })
    expect(steps[0]?.reason).toContain('could not be read')
  })
})
