import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkOut } from '../actions/check-out.ts'
import { createBubblewrapProvider } from '../sandbox/bubblewrap/provider.ts'
import type { Sandbox, SandboxProvider } from '../sandbox/port.ts'
import { createUnshareProvider } from '../sandbox/unshare/provider.ts'
import { type BuildResult, buildLayer } from './build-layer.ts'
import type { InstallStep } from './install-step.ts'
import { thisMachine } from './machine.ts'
import { type PlannedInstall, planInstall } from './plan-install.ts'

const limits = { memoryBytes: 1024 ** 3, pids: 256, cpus: 2, diskBytes: 1024 ** 3 }
const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main']
const root = mkdtempSync('/tmp/signalbox-layer-')
const work = join(root, 'work')
const gitDir = join(work, '.git')
const providers: Record<string, SandboxProvider> = {
  bubblewrap: createBubblewrapProvider({ dataDir: join(root, 'bubblewrap') }),
  unshare: createUnshareProvider({ dataDir: join(root, 'unshare') }),
}
let count = 0

function git(...args: string[]): string {
  return execFileSync('git', ['-C', work, ...identity, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim()
}

function commit(files: Record<string, string | undefined>): string {
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) rmSync(join(work, path), { force: true })
    else {
      mkdirSync(dirname(join(work, path)), { recursive: true })
      writeFileSync(join(work, path), text)
    }
  }
  git('add', '-A')
  git('commit', '-q', '--allow-empty', '-m', 'x')
  return git('rev-parse', 'HEAD')
}

beforeAll(() => {
  execFileSync('git', [...identity, 'init', '-q', work])
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const install: InstallStep = { number: 2, command: 'npm ci', shell: '', workingDirectory: '', env: {} }

async function plan(commitId: string, step: Partial<InstallStep> = {}, installInputs: string[] = []) {
  return await planInstall({
    gitDir,
    commit: commitId,
    step: { ...install, ...step },
    machine: await thisMachine('bubblewrap'),
    allowHosts: ['npm-registry'],
    installInputs,
  })
}

function planned(result: PlannedInstall | string): PlannedInstall {
  if (typeof result === 'string') throw new Error(result)
  return result
}

async function sandbox(provider: SandboxProvider, layers: string[]): Promise<Sandbox> {
  const id = `layer-${process.pid}-${++count}`
  return await provider.create({
    id,
    ownerId: 't',
    limits,
    network: { mode: 'none' },
    env: {},
    layers,
    detached: false,
  })
}

/** Makes a layer with a script in the place of a package manager: there is no registry here. */
async function build(
  provider: SandboxProvider,
  commitId: string,
  script: string,
  given: { layerName: string; step?: Partial<InstallStep> },
): Promise<BuildResult> {
  const { inputs } = planned(await plan(commitId, given.step))
  return await buildLayer(provider, {
    spec: {
      id: `layer-${process.pid}-${++count}`,
      ownerId: 't',
      limits,
      network: { mode: 'none' },
      env: {},
      layers: [],
      detached: false,
    },
    gitDir,
    commit: commitId,
    inputs,
    layerName: given.layerName,
    argv: ['bash', '-e', '/tmp/signalbox/temp/i.sh'],
    script: { path: '/tmp/signalbox/temp/i.sh', text: script },
    exec: { timeoutMs: 20_000, onOutput() {} },
  })
}

async function output(box: Sandbox, command: string): Promise<string> {
  let text = ''
  await box.exec(['sh', '-c', command], {
    onOutput(_, chunk) {
      text += Buffer.from(chunk).toString()
    },
  })
  return text
}

const app = {
  'package.json': '{"name":"app","scripts":{"test":"node test.js"}}',
  'package-lock.json': '{"lockfileVersion":3}',
  'packages/a/package.json': '{"name":"a"}',
  'src/index.js': 'one',
}

describe.each(Object.keys(providers))('%s', (name) => {
  const provider = providers[name]
  if (!provider) throw new Error(name)

  test('a layer holds what the install made and nothing of the tree', async () => {
    const first = commit({ ...app, 'gone.txt': 'a file that a later commit deletes' })
    const script = `ls -A > /tmp/seen; test ! -e src; test ! -e gone.txt; test ! -e .git
      mkdir -p node_modules/left packages/a/node_modules/x; echo lib > node_modules/left/index.js
      echo y > packages/a/node_modules/x/y`
    const built = await build(provider, first, script, { layerName: `holds-${name}` })
    if (built.outcome !== 'sealed') throw new Error(JSON.stringify(built))
    expect(built.layer.paths).toEqual(['node_modules', 'packages/a/node_modules'])
    expect(built.layer.sizeBytes).toBeGreaterThan(8000)
    expect(readdirSync(built.layer.path).sort()).toEqual(['node_modules', 'packages'])
    expect(existsSync(join(built.layer.path, 'packages/a/package.json'))).toBe(false)

    // A later commit without the file, and with no .gitignore: node_modules stays, nothing else appears.
    const second = commit({ 'gone.txt': undefined, 'src/index.js': 'two' })
    const box = await sandbox(provider, [built.layer.path])
    try {
      await checkOut(box, {
        source: { gitDir, commit: second, ref: 'refs/heads/main' },
        path: '/workspace',
        depth: 1,
        branch: 'refs/heads/main',
        keep: built.layer.paths,
      })
      expect(
        await output(box, 'cat src/index.js node_modules/left/index.js; ls gone.txt; git status --short'),
      ).toBe("twolib\nls: cannot access 'gone.txt': No such file or directory\n")
      // A fork: what one writes the other does not see.
      const other = await sandbox(provider, [built.layer.path])
      try {
        await output(box, 'echo poison > node_modules/left/index.js; rm -rf packages/a/node_modules')
        expect(await output(other, 'cat node_modules/left/index.js; ls packages/a/node_modules')).toBe(
          'lib\nx\n',
        )
      } finally {
        await other.destroy()
      }
    } finally {
      await box.destroy()
    }
  })

  test.each([
    [
      'changes an input',
      'echo 1 >> package-lock.json; mkdir node_modules',
      /changes files of the repository: package-lock.json/,
    ],
    [
      'writes into the home folder',
      'mkdir -p node_modules ~/go; echo 1 > ~/go/x',
      /home folder \(~\/go\/x\)/,
    ],
  ])('an install that %s is not kept', async (what, script, why) => {
    const built = await build(provider, commit(app), script, { layerName: `not-${what.length}-${name}` })
    expect(built).toEqual({ outcome: 'refused', why: expect.stringMatching(why) })
    expect(await provider.findSnapshot(`not-${what.length}-${name}`)).toBeUndefined()
  })

  test('an install that makes no files leaves nothing to keep', async () => {
    const script = 'mkdir -p ~/.npm; echo 1 > ~/.npm/x'
    const built = await build(provider, commit(app), script, { layerName: `empty-${name}` })
    expect(built).toEqual({ outcome: 'empty' })
    expect(await provider.findSnapshot(`empty-${name}`)).toBeUndefined()
  })

  test('an install that fails leaves nothing', async () => {
    const built = await build(provider, commit(app), 'mkdir node_modules; exit 7', {
      layerName: `fails-${name}`,
    })
    expect(built).toMatchObject({ outcome: 'failed', result: { code: 7 } })
    expect(await provider.findSnapshot(`fails-${name}`)).toBeUndefined()
  })
})

describe('the key', () => {
  test('is the same for another source, another for each input', async () => {
    const base = planned(await plan(commit(app)))
    expect(base.wholeTree).toBeUndefined()
    expect(base.inputs.map(({ path }) => path)).toEqual([
      'package-lock.json',
      'package.json',
      'packages/a/package.json',
    ])
    const key = async (files: Record<string, string>, step?: Partial<InstallStep>) =>
      planned(await plan(commit(files), step)).key
    expect(await key({ 'src/index.js': 'three' })).toBe(base.key)
    const others = [
      await key({ 'package-lock.json': '{"lockfileVersion":2}' }),
      await key({ ...app, 'packages/a/package.json': '{"name":"b"}' }),
      await key({ ...app, '.npmrc': 'ignore-scripts=true' }),
      await key({ ...app, '.npmrc': '' }, { command: 'npm ci --omit=dev' }),
      await key({}, { env: { NODE_ENV: 'production' } }),
    ]
    expect(new Set([base.key, ...others]).size).toBe(others.length + 1)
  })

  test('a script of the repository makes the whole tree an input: poison cannot outlive its commit', async () => {
    const scripted = { ...app, 'package.json': '{"scripts":{"postinstall":"node tools/setup.js"}}' }
    const poison = planned(await plan(commit({ ...scripted, 'tools/setup.js': 'patch the test runner' })))
    const clean = planned(await plan(commit({ 'tools/setup.js': 'nothing' })))
    expect(poison.wholeTree).toBe('package.json has a postinstall script')
    expect(poison.key).not.toBe(clean.key)
    // Named inputs take the place of the whole tree, and count in the key.
    const named = planned(await plan(commit({}), {}, ['tools']))
    expect(named.wholeTree).toBeUndefined()
    expect(named.inputs.map(({ path }) => path)).toContain('tools/setup.js')
    expect(planned(await plan(commit({ 'tools/setup.js': 'other' }), {}, ['tools'])).key).not.toBe(named.key)
  })

  test('without a lockfile nothing is kept', async () => {
    expect(await plan(commit({ ...app, 'package-lock.json': undefined }))).toMatch(/no lockfile/)
  })
})
