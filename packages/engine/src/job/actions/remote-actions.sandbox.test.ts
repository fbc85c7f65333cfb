import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMirrorSource } from '../../action-source/mirror-source.ts'
import { type JobFixture, jobFixture } from '../job-fixture.ts'

let fixture: JobFixture
let mirror: string
beforeAll(() => {
  fixture = jobFixture()
})
beforeEach(() => {
  mirror = mkdtempSync('/tmp/signalbox-mirror-')
})
afterAll(() => fixture.close())

/** Puts an action into the mirror: files by name. */
function put(folder: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    const file = join(mirror, folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return join(mirror, folder)
}

async function run(steps: string, options: Parameters<JobFixture['run']>[1] = {}) {
  const ran = await fixture.run(steps, { ...options, actionSource: createMirrorSource(mirror) })
  rmSync(mirror, { recursive: true, force: true })
  return ran
}

const append = (file: string, text: string) =>
  `require('fs').appendFileSync(process.env.${file}, ${text} + '\\n');`
const stages = (name: string) => ({
  'action.yml': `name: ${name}\ninputs: {who: {default: nobody}}\nruns: {using: node20, pre: pre.js, main: main.js, post: post.js}\n`,
  'pre.js': `console.log('pre ${name}', process.env.INPUT_WHO);${append('GITHUB_STATE', "'from=pre'")}${append('GITHUB_ENV', `'SEEN_${name}=1'`)}`,
  'main.js': `console.log('main ${name}', process.env.STATE_from, process.env.INPUT_WHO, process.env.GITHUB_ACTION, process.env.GITHUB_ACTION_REPOSITORY, process.env.GITHUB_ACTION_REF);${append('GITHUB_STATE', "'also=main'")}`,
  'post.js': `console.log('post ${name}', process.env.STATE_from, process.env.STATE_also, process.env.LATE);`,
})

describe('actions of the own repository, by $/', () => {
  it('come from the commit of the run, before any checkout, with their pre', async () => {
    const own = jobFixture(stages('own'))
    try {
      const { result, text } = await own.run(`
- run: ls | wc -l; echo "$SEEN_own"
- uses: $/
  with: {who: me}`)
      expect(result).toMatchObject({ conclusion: 'success' })
      expect(text(0)).toContain(`$: commit ${own.commit} (repository)`)
      expect(text(1)).toBe('0\n1')
      expect(text(2)).toBe(`main own pre me __self team/app ${own.commit}`)
    } finally {
      await own.close()
    }
  })

  it('within an action of another repository are of that one, at the same ref', async () => {
    const composite = (steps: string) => `name: C\nruns: {using: composite, steps: [${steps}]}`
    put('team/tools@v1', {
      'action.yml': composite('{uses: $/inner}'),
      'inner/action.yml': composite('{run: echo "inner of $GITHUB_ACTION_PATH", shell: bash}'),
    })
    const { result, text } = await run('- uses: team/tools@v1')
    expect(result).toMatchObject({ conclusion: 'success' })
    expect(text(1)).toContain('/team/tools/v1/inner')
  })

  it.each(['$/nowhere', '$/../x', '$/.git', '$/a@v1'])('refuse %s', async (uses) => {
    const { result } = await run(`- uses: ${uses}`).catch((error: Error) => ({
      result: { conclusion: 'refused', reason: error.message },
    }))
    expect(result.conclusion).not.toBe('success')
    expect(result.reason).toMatch(/there is no action.yml in|names no (action|version)/)
  })
})

describe('stages of JavaScript actions', () => {
  it('runs every pre before the first step, and every post last in first out, with what each kept', async () => {
    put('team/a@v1', stages('a'))
    put('team/b@v1', stages('b'))
    const { result, text, steps } = await run(`
- run: echo "first $SEEN_a $SEEN_b"
- uses: team/a@v1
  with: {who: "\${{ github.repository }}"}
- uses: team/b@v1
  id: named
- uses: team/b@v1
  with: {who: again}
- run: echo LATE=late >> $GITHUB_ENV`)
    expect(result).toMatchObject({ conclusion: 'success' })
    expect(steps.map(({ number, name }) => `${number} ${name}`)).toEqual([
      '0 Set up job',
      '1 Run echo "first $SEEN_a $SEEN_b"',
      '2 Run team/a@v1',
      '3 Run team/b@v1',
      '4 Run team/b@v1',
      '5 Run echo LATE=late >> $GITHUB_ENV',
      '6 Post Run team/b@v1',
      '7 Post Run team/b@v1',
      '8 Post Run team/a@v1',
    ])
    expect(
      text(0)
        .split('\n')
        .filter((line) => line.startsWith('pre ')),
    ).toEqual(['pre a team/app', 'pre b nobody', 'pre b again'])
    expect(text(1)).toBe('first 1 1')
    expect(text(2)).toBe('main a pre team/app __team_a team/a v1')
    expect(text(3)).toBe('main b pre nobody named team/b v1')
    expect(text(4)).toBe('main b pre again __team_b team/b v1')
    expect([6, 7, 8].map((step) => text(step))).toEqual([
      'post b pre main late',
      'post b pre main late',
      'post a pre main late',
    ])
  })

  it('runs the post of a step that failed, not of one that never began, unless its pre did', async () => {
    const yaml = (using: string) => `name: X\nruns: {using: node24, main: m.js, post: p.js${using}}`
    put('team/fails@v1', {
      'action.yml': yaml(''),
      'm.js': 'process.exit(3)',
      'p.js': 'console.log("cleaned")',
    })
    put('team/skipped@v1', { 'action.yml': yaml(''), 'm.js': '', 'p.js': 'console.log("wrong")' })
    put('team/late@v1', {
      'action.yml': yaml(', pre: e.js'),
      'e.js': '',
      'm.js': '',
      'p.js': 'console.log("after pre")',
    })
    put('team/nice@v1', {
      'action.yml': yaml(', post-if: success()'),
      'm.js': '',
      'p.js': 'console.log("wrong")',
    })
    const { result, text, steps } = await run(`
- uses: team/nice@v1
- uses: team/fails@v1
- uses: team/skipped@v1
- uses: team/late@v1`)
    expect(result).toMatchObject({ conclusion: 'failure', reason: 'step 2 failed: exit code 3' })
    expect(steps.slice(5).map(({ name, conclusion }) => `${name}: ${conclusion}`)).toEqual([
      'Post Run team/fails@v1: success',
      'Post Run team/nice@v1: skipped',
      'Post Run team/late@v1: success',
    ])
    expect(text(5)).toBe('cleaned')
    expect(text(7)).toBe('after pre')
  })

  it('fails the job when a pre or a post fails, and goes by pre-if', async () => {
    const yaml = (more: string) => `name: X\nruns: {using: node24, main: m.js${more}}`
    put('team/bad@v1', {
      'action.yml': yaml(', pre: p.js'),
      'p.js': 'process.exit(4)',
      'm.js': 'console.log("main")',
    })
    const pre = await run('- uses: team/bad@v1\n- run: echo cleans\n  if: always()')
    expect(pre.result.conclusion).toBe('failure')
    expect(pre.steps.map(({ conclusion }) => conclusion)).toEqual(['failure', 'skipped', 'success'])
    expect(pre.steps[0]?.reason).toBe('Pre team/bad@v1: exit code 4')

    mirror = mkdtempSync('/tmp/signalbox-mirror-')
    put('team/never@v1', {
      'action.yml': yaml(', pre: p.js, pre-if: "runner.os == \'Windows\'", post: p.js'),
      'p.js': 'process.exit(5)',
      'm.js': 'console.log("main")',
    })
    const post = await run('- uses: team/never@v1')
    expect(post.text(1)).toBe('main')
    expect(post.result).toMatchObject({
      conclusion: 'failure',
      reason: 'Post Run team/never@v1 failed: exit code 5',
    })
  })
})

describe('composite actions of other repositories', () => {
  it('brings what they name too, and takes their ./ from the workspace', async () => {
    put('team/outer@v1', {
      'sub/action.yml': `name: Outer
inputs: {word: {required: true}}
outputs: {said: {value: "\${{ steps.in.outputs.said }}"}}
runs:
  using: composite
  steps:
    - {id: in, uses: team/inner@main, with: {word: "\${{ inputs.word }}!"}}
    - {uses: ./own}
    - {run: 'cat "$GITHUB_ACTION_PATH/data.txt"; echo "\${{ github.action_repository }} \${{ github.action_ref }} $GITHUB_ACTION"', shell: bash}`,
      'sub/data.txt': 'data\n',
    })
    put('team/inner@main', {
      'action.yml':
        'name: I\ninputs: {word: {}}\noutputs: {said: {}}\nruns: {using: node24, pre: pre.js, main: lib/../main.js, post: post.js}',
      'pre.js': 'console.log("pre", process.env.INPUT_WORD)',
      'main.js': append('GITHUB_OUTPUT', "'said=' + process.env.INPUT_WORD + process.env.AROUND"),
      'post.js': 'console.log("post", process.env.INPUT_WORD)',
    })
    const { result, text, steps } = await run(`
- run: |
    mkdir own
    printf 'runs: {using: composite, steps: [{run: echo own, shell: sh}]}' > own/action.yml
- id: o
  uses: team/outer/sub@v1
  with: {word: hi}
  env: {AROUND: "?"}
- run: echo "\${{ steps.o.outputs.said }}"`)
    expect(result.conclusion).toBe('success')
    expect(text(0)).toContain('team/outer@v1: a plain folder')
    expect(text(0)).toContain('team/inner@main: a plain folder')
    expect(text(0)).toContain('pre hi!')
    expect(text(2)).toContain('own\n')
    expect(text(2)).toContain('data\nteam/outer v1 __run')
    expect(text(3)).toBe('hi!?')
    expect(steps.at(-1)).toMatchObject({ number: 4, name: 'Post team/inner@main' })
    expect(text(4)).toBe('post hi!')
  })

  it('brings what an action of the workspace names once that is known', async () => {
    put('team/inner@v1', {
      'action.yml': 'name: I\nruns: {using: node24, main: m.js}',
      'm.js': 'console.log("inner")',
    })
    const { text, steps } = await run(`
- run: |
    mkdir own
    printf 'runs: {using: composite, steps: [{uses: team/inner@v1}]}' > own/action.yml
- uses: ./own`)
    expect(steps.map(({ number }) => number)).toEqual([1, 2])
    expect(text(2)).toContain('team/inner@v1: a plain folder')
    expect(text(2)).toContain('\ninner')
  })

  it('nests ten deep and no deeper', async () => {
    const composite = (uses: string) => ({
      'action.yml': `name: C\nruns: {using: composite, steps: [${uses}]}`,
    })
    for (let level = 1; level < 10; level++)
      put(`team/l${level}@v1`, composite(`{uses: team/l${level + 1}@v1}`))
    put('team/l10@v1', composite('{run: echo bottom, shell: sh}'))
    put('team/l0@v1', composite('{uses: team/l1@v1}'))
    const ok = await fixture.run('- uses: team/l1@v1', { actionSource: createMirrorSource(mirror) })
    expect(ok.text(1)).toContain('bottom')
    const deep = await run('- uses: team/l0@v1\n- run: echo never\n  if: always()')
    expect(deep.result.reason).toContain('more than 10 deep')
    expect(deep.steps).toHaveLength(1)
  })
})

describe('what is refused before the first step', () => {
  it.each([
    ['what is not in the mirror', 'team/none@v1', {}, 'team/none@v1 is not in'],
    [
      'a folder without an action',
      'team/empty/there@v1',
      { 'README.md': 'x' },
      'there is no action.yml in team/empty/there@v1',
    ],
    [
      'a Docker action',
      'team/docker@v1',
      { 'action.yml': 'runs: {using: docker, image: Dockerfile}' },
      'team/docker@v1/action.yml:1:15: error: Docker actions cannot run here',
    ],
    ['a Dockerfile alone', 'team/file@v1', { Dockerfile: 'FROM x' }, 'is a Docker action'],
    [
      'a Node that nobody has',
      'team/old@v1',
      { 'action.yml': 'runs: {using: node10, main: x.js}' },
      'composite or one of node12, node16, node20, node24',
    ],
    ['a broken one', 'team/broken@v1', { 'action.yml': 'runs: [' }, 'cannot be used'],
    [
      'a composite with Docker within',
      'team/in@v1',
      { 'action.yml': 'runs: {using: composite, steps: [{uses: "docker://alpine"}]}' },
      'Docker actions cannot run here',
    ],
  ])('%s', async (_name, uses, files, said) => {
    const [folder = '', ref = ''] = uses.split('@')
    put(`${folder.split('/').slice(0, 2).join('/')}@${ref}`, files)
    if (Object.keys(files).length === 0) rmSync(join(mirror, 'team'), { recursive: true, force: true })
    const { result, steps } = await run(`- run: echo never\n  if: always()\n- uses: ${uses}`)
    expect(result.conclusion).toBe('failure')
    expect(result.reason).toContain(said)
    expect(steps.map(({ number, conclusion }) => `${number} ${conclusion}`)).toEqual(['0 failure'])
  })

  it('a script outside of the repository of the action', async () => {
    put('team/out@v1', { 'action.yml': 'name: O\nruns: {using: node24, main: ../../../../etc/x.js}' })
    const { steps } = await run('- uses: team/out@v1')
    expect(steps[1]?.reason).toContain('is not in the repository of the action')
  })
})

describe('what an action can touch', () => {
  it('is a copy that cannot be written to, and never the mirror', async () => {
    const folder = put('team/hostile@v1', {
      'action.yml': 'name: H\nruns: {using: node24, main: m.js}',
      'm.js': `const fs = require('fs'); console.log('run', __dirname);
try { fs.writeFileSync(__filename, 'console.log("changed")'); console.log('wrote') } catch (e) { console.log(e.code) }
try { fs.chmodSync(__filename, 0o600); fs.chmodSync(__dirname, 0o700); fs.writeFileSync(__filename, 'console.log("changed")') } catch (e) { console.log(e.code) }`,
    })
    symlinkSync('/etc/passwd', join(folder, 'link'))
    const first = await fixture.run('- uses: team/hostile@v1', { actionSource: createMirrorSource(mirror) })
    expect(first.text(1)).toContain('/_actions/team/hostile/v1\nEACCES')
    const second = await run('- uses: team/hostile@v1')
    expect(second.text(1)).toContain('/_actions/team/hostile/v1\nEACCES')
  })
})

describe('folders of the mirror', () => {
  it('are checkouts, bare repositories of one ref, or repositories of all refs; above built-in actions', async () => {
    const work = put('work', {
      'action.yml': 'name: G\nruns: {using: node24, main: m.js}',
      'm.js': 'console.log("one")',
    })
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', work, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        encoding: 'utf8',
      }).trim()
    git('init', '-q', '-b', 'main')
    git('add', '-A')
    git('commit', '-qm', 'one')
    git('tag', 'v1')
    const one = git('rev-parse', 'HEAD')
    writeFileSync(join(work, 'm.js'), 'console.log("two", require("fs").existsSync(__dirname + "/.git"))')
    git('commit', '-qam', 'two')
    const two = git('rev-parse', 'HEAD')
    for (const name of ['team/all.git', 'actions/checkout@v4', 'team/bare@v1'])
      git('clone', '-q', ...(name.includes('checkout') ? [] : ['--bare']), work, join(mirror, name))
    const { text, result } = await run(`
- uses: team/all@v1
- uses: team/all@main
- uses: team/all@${one}
- uses: team/bare@v1
- uses: actions/checkout@v4
  with: {submodules: true}`)
    expect(result.conclusion).toBe('success')
    expect([1, 2, 3, 4].map((step) => text(step))).toEqual(['one', 'two false', 'one', 'one'])
    expect(text(5)).toContain('two false')
    expect(text(0)).toContain(`team/all@v1: commit ${one} (mirror)`)
    expect(text(0)).toContain(`actions/checkout@v4: commit ${two} (mirror)`)
  })
})
