import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { freePort, type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addProject,
  changeSettings,
  git,
  give,
  makeRepository,
  processesWith,
  refusalOf,
  settled,
  writeFiles,
} from './small-project.ts'

const marker = `signalbox-release-${process.pid}`

let platform: Platform
const folders: string[] = []

async function repository(files: Record<string, string> | undefined): Promise<string> {
  const folder = await makeRepository(files)
  folders.push(folder)
  return folder
}

async function bare(from: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-bare-'))
  folders.push(folder)
  await git(folder, 'clone', '-q', '--bare', from, 'origin.git')
  return join(folder, 'origin.git')
}

beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => {
  await platform?.destroy()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

const small = { 'README.md': '# Small\n' }
const agent = { driver: 'exec', command: 'bash "$SIGNALBOX_GOAL_FILE"', timeoutMinutes: 1 } as const

async function settle(id: string) {
  return await platform.waitForChange(id, settled)
}

describe('sources', () => {
  test('what is no repository, or no source at all, is refused in words and leaves no project', async () => {
    const before = await platform.call('listProjects')
    const empty = await repository(undefined)
    const plain = await mkdtemp(join(tmpdir(), 'signalbox-plain-'))
    folders.push(plain)
    const wrong: [source: string, code: string, words: RegExp][] = [
      [empty, 'empty-repository', /no commit yet.*Commit something/],
      [plain, 'invalid-source', /is not a git repository/],
      [`${plain}/none`, 'invalid-source', /There is no folder/],
      ['/etc/passwd', 'invalid-source', /There is no folder/],
      ['ext::sh -c "touch /tmp/pwned"', 'unsupported-source', /Remote helpers/],
      ['fd::17/x', 'unsupported-source', /Remote helpers/],
      [`file://${empty}`, 'unsupported-source', /file:\/\/ URLs are refused/],
      ['--upload-pack=touch /tmp/pwned', 'invalid-source', /starts with "-"/],
      ['https://example.com/a.git\n--upload-pack=x', 'invalid-source', /control characters/],
      ['ssh://-oProxyCommand=touch%20x/a', 'invalid-source', /no usable host|neither/],
      ['https://user:secret@example.com/a.git', 'unsupported-source', /user name or password/],
      ['relative/path', 'invalid-source', /neither an absolute path nor a URL/],
      [`git://127.0.0.1:${await freePort()}/none`, 'source-unreachable', /could not be read/],
    ]
    for (const [source, code, words] of wrong) {
      const said = await refusalOf(platform.call('createProject', { body: { source } }))
      expect(said, source).toMatchObject({ code, status: 422 })
      expect(said.text, source).toMatch(words)
      expect(said.text).not.toContain('secret')
    }
    expect(await refusalOf(platform.call('createProject', { body: { source: '' } }))).toMatchObject({
      status: 400,
    })
    expect((await platform.call('listProjects')).items).toHaveLength(before.items.length)
  })

  test('two projects of one name are two; a name of nothing but signs still has an address', async () => {
    const source = await repository(small)
    const names = ['twin', 'twin', '../../etc', '<b>„“</b>']
    const made = []
    for (const name of names) made.push(await platform.call('createProject', { body: { source, name } }))
    expect(made.map((p) => p.slug)).toEqual(['twin', 'twin-2', 'etc', 'b'])
    expect(made.map((p) => p.name)).toEqual(names)
  })

  test('a URL is mirrored; branches of another Signalbox in it are left alone', async () => {
    const source = await repository(small)
    await git(source, 'branch', 'signalbox/change-1')
    const base = await mkdtemp(join(tmpdir(), 'signalbox-daemon-'))
    folders.push(base)
    await git(base, 'clone', '-q', '--bare', source, 'served.git')
    const port = await freePort()
    const daemon = spawn(
      'git',
      [
        'daemon',
        '--export-all',
        '--reuseaddr',
        '--listen=127.0.0.1',
        `--port=${port}`,
        `--base-path=${base}`,
      ],
      {
        stdio: 'ignore',
        env: {
          ...process.env,
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'safe.directory',
          GIT_CONFIG_VALUE_0: '*',
        },
        detached: true,
      },
    )
    try {
      const url = `git://127.0.0.1:${port}/served.git`
      await until(async () => (await git(base, 'ls-remote', url)) !== '', 10_000)
      const made = await platform.call('createProject', { body: { source: url } })
      expect(made).toMatchObject({ slug: 'served', originUrl: url, sync: false })
      await changeSettings(platform, 'served', { agent, autoMerge: true })
      const change = await settle((await give(platform, 'served', 'echo x > x.txt')).id)
      expect(change.conclusion, change.reason ?? '').toBe('merged')
      expect(change.pullRequest?.headBranch).toBe('signalbox/change-1-2')
    } finally {
      if (daemon.pid) process.kill(-daemon.pid, 'SIGTERM')
    }
  })

  test('a branch that is in the way of ours is named', async () => {
    const source = await repository(small)
    await git(source, 'branch', 'signalbox')
    await addProject(platform, { name: 'in-the-way', source })
    const change = await settle((await give(platform, 'in-the-way', 'echo x > x.txt')).id)
    expect(change.waitingFor).toBe('help')
    expect(change.reason).toContain('A branch named signalbox is in the way')
  })
})

describe('the origin', () => {
  test('with sync the merge arrives there; once it has gone on elsewhere nothing is forced and it is said', async () => {
    const work = await repository(small)
    const origin = await bare(work)
    await platform.call('createProject', { body: { source: origin, name: 'synced', sync: true } })
    await changeSettings(platform, 'synced', { agent, autoMerge: true })
    const change = await settle((await give(platform, 'synced', 'echo one > one.txt')).id)
    expect(change.conclusion, change.reason ?? '').toBe('merged')
    expect(await git(origin, 'rev-parse', 'main')).toBe(change.pullRequest?.landedCommit)

    // Somebody pushes to the origin while the next change is under way.
    await changeSettings(platform, 'synced', { autoMerge: false })
    const next = await settle((await give(platform, 'synced', 'echo two > two.txt')).id)
    expect(next.waitingFor).toBe('merge')
    await git(work, 'pull', '-q', '--ff-only', origin, 'main')
    await writeFiles(work, { 'elsewhere.txt': 'x\n' })
    await git(work, 'add', '-A')
    await git(work, 'commit', '-q', '-m', 'Elsewhere')
    await git(work, 'push', '-q', origin, 'HEAD:main')
    const theirs = await git(work, 'rev-parse', 'HEAD')
    await platform.call('mergeChange', { params: { change: next.id } })
    const done = await platform.waitForChange(next.id, (c) => c.conclusion === 'merged')
    const project = await platform.call('getProject', { params: { project: 'synced' } })
    expect(done.pullRequest?.landedCommit).toBe(project.headCommit)
    expect(await git(origin, 'rev-parse', 'main')).toBe(theirs)
    expect(project.syncProblem).toContain('The origin did not take')
  })
})

describe('settings', () => {
  test('a stale fence is refused; wrong values are named by field', async () => {
    const project = await addProject(platform, { name: 'settings' })
    const { settings, fence } = project
    const params = { project: 'settings' }
    const renamed = await platform.call('updateProject', { params, body: { fence, name: 'Renamed' } })
    expect(renamed.name).toBe('Renamed')
    const stale = await refusalOf(platform.call('updateProject', { params, body: { fence, settings } }))
    expect(stale).toMatchObject({ code: 'stale-fence', status: 409 })
    const wrong = await refusalOf(
      platform.call('updateProject', {
        params,
        body: {
          fence: renamed.fence,
          settings: {
            ...settings,
            validation: { ...settings.validation, port: 70_000, healthCheckPath: 'health' },
            sandbox: { ...settings.sandbox, allowHosts: ['http://x/'] },
          },
        },
      }),
    )
    expect([400, 422]).toContain(wrong.status)
    for (const path of ['validation', 'port', 'healthCheckPath', 'allowHosts']) {
      expect(wrong.text).toContain(path)
    }
    expect((await platform.call('getProject', { params })).settings.validation.port).toBe(3000)
  })

  test('the set-up is tried on a branch without a change, and a wrong command shows there', async () => {
    const source = await repository({ ...small, 'setup.sh': 'echo set up main\n' })
    await git(source, 'checkout', '-q', '-b', 'next')
    await writeFiles(source, { 'setup.sh': 'echo set up next; exit 3\n' })
    await git(source, 'commit', '-q', '-am', 'Another set-up')
    await git(source, 'checkout', '-q', 'main')
    const settings = { validation: { installCommand: 'bash setup.sh' } }
    await addProject(platform, { name: 'tried', source, settings })
    const attempt = async (branch?: string) => {
      const params = { project: 'tried' }
      const { id } = await platform.call('tryValidation', { params, body: { branch } })
      const read = async () => await platform.call('getRun', { params: { run: id } })
      await until(async () => (await read()).status === 'completed', 60_000)
      return await read()
    }
    expect(await attempt()).toMatchObject({ conclusion: 'success', ref: 'refs/heads/main' })
    const failed = await attempt('next')
    expect(failed).toMatchObject({ conclusion: 'failure', ref: 'refs/heads/next' })
    expect(failed.jobs[0]?.steps.find((step) => step.conclusion === 'failure')?.exitCode).toBe(3)
    const refused = await refusalOf(
      platform.call('tryValidation', { params: { project: 'tried' }, body: { branch: 'nowhere' } }),
    )
    expect(refused.text).toContain('There is no branch nowhere')
    expect((await platform.call('listChanges', { query: { project: 'tried' } })).items).toEqual([])
  })

  test('text in settings is never an expression or a second line of a workflow', async () => {
    const hostile = '"\n  - run: exit 9\n$\u007b{ github.sha }}'
    await addProject(platform, {
      name: 'quoted',
      settings: {
        validation: {
          testCommand: `test '\${{ 1 }}' != 1 && test "\${#HOSTILE}" = ${hostile.length}`,
          environmentVariables: { HOSTILE: hostile },
        },
      },
    })
    const shown = await platform.call('getValidationWorkflow', { params: { project: 'quoted' } })
    expect(shown.diagnostics).toEqual([])
    const change = await settle((await give(platform, 'quoted', 'echo q > q.txt')).id)
    expect(change.conclusion, change.reason ?? '').toBe('merged')
  })
})

describe('deleting', () => {
  test('is refused while something runs; then it stops the live release and frees the host name', async () => {
    const server = `exec -a ${marker} node -e "require('http').createServer((q,r)=>r.end('first')).listen(process.env.PORT)"`
    const validation = { startCommand: server, port: 3000, timeoutMinutes: 1 }
    const deployment = { enabled: true, watchSeconds: 1, startTimeoutSeconds: 30 }
    await addProject(platform, { name: 'live', settings: { validation, deployment } })
    const change = await platform.waitForChange(
      (await give(platform, 'live', 'echo l > l.txt')).id,
      (c) => c.status === 'completed',
    )
    expect(change.conclusion, change.reason ?? '').toBe('deployed')
    expect((await platform.visit('live.localhost')).text).toBe('first')
    const busy = await give(platform, 'live', 'sleep 60')
    await platform.waitForChange(busy.id, (c) => c.runs.length > 0)
    const body = { confirm: 'live' }
    const said = await refusalOf(platform.call('deleteProject', { params: { project: 'live' }, body }))
    expect(said).toMatchObject({ status: 409, code: 'refused' })
    expect(said.text).toContain('still under way')
    await platform.call('cancelChange', { params: { change: busy.id } })
    await platform.waitForChange(busy.id, (c) => c.runs.every((r) => r.status === 'completed'))
    const unnamed = platform.call('deleteProject', { params: { project: 'live' }, body: { confirm: 'x' } })
    expect(await refusalOf(unnamed)).toMatchObject({ status: 422, code: 'not-confirmed' })
    await platform.call('deleteProject', { params: { project: 'live' }, body })

    // The name is taken again at once: what was live before must not answer for the new project.
    await addProject(platform, { name: 'live' })
    await until(async () => (await platform.visit('live.localhost')).text !== 'first', 30_000)
    await until(async () => (await processesWith(marker)).length === 0, 30_000)
    const sandboxes = () => readdir(join(platform.dataDir, 'sandboxes'))
    await until(async () => !(await sandboxes()).some((name) => name.startsWith('release-')), 30_000)
    expect(await refusalOf(platform.call('getChange', { params: { change: change.id } }))).toMatchObject({
      status: 404,
    })
  })
})

describe('who may ask', () => {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${platform.port}${path}`, { redirect: 'manual', ...init })

  test('nothing is told without a sign-in, and no path leads out of the dashboard’s folder', async () => {
    const change = await settle((await give(platform, 'sample', 'What does this project do?')).id)
    const run = await platform.call('getRun', { params: { run: change.runs[0]?.id ?? '' } })
    const job = run.jobs[0]?.id ?? ''
    const paths = [
      '/api/projects',
      '/api/system',
      `/api/changes/${change.id}`,
      `/api/runs/${run.id}`,
      `/api/jobs/${job}/log`,
      `/api/jobs/${job}/egress`,
      '/api/events',
      '/git/sample.git/info/refs?service=git-upload-pack',
    ]
    for (const path of paths) {
      expect((await ask(path)).status, path).toBe(401)
      const wrong = { headers: { authorization: `Bearer ${'x'.repeat(43)}` } }
      expect((await ask(path, wrong)).status, path).toBe(401)
    }
    const outside = [
      '/%2e%2e/%2e%2e/package.json',
      '/..%2f..%2f..%2fetc/passwd',
      '/assets/..%5c..%5cpackage.json',
      '/git/..%2f..%2fcli-token',
      '/.git/config',
      '/assets/%00.js',
    ]
    for (const path of outside) {
      const text = await (await ask(path)).text()
      expect(text, path).not.toMatch(/root:|"workspaces"|\[core\]/)
      expect(text.length, path).toBeLessThan(20_000)
    }
  })

  test('ids that are none of ours, and cursors of nothing, are answered plainly', async () => {
    const other = newId()
    for (const name of ['getChange', 'getChangeDiff', 'cancelChange', 'mergeChange'] as const) {
      expect(await refusalOf(platform.call(name, { params: { change: other } })), name).toMatchObject({
        status: 404,
      })
    }
    const asked = [
      () => platform.call('getRun', { params: { run: other } }),
      () => platform.call('getJobLog', { params: { job: other }, query: {} }),
      () => platform.call('getDeployment', { params: { deployment: other } }),
      () => platform.call('getProject', { params: { project: '../sample' } }),
      () => platform.call('getProject', { params: { project: '\0' } }),
      () => platform.call('listChanges', { query: { project: 'nobody' } }),
    ]
    for (const ask of asked) expect((await refusalOf(ask())).status).toBe(404)
    const { items } = await platform.call('listChanges', { query: { before: other, limit: 1 } })
    expect(items.length).toBeLessThanOrEqual(1)
    for (const workflow of ['../../../etc/passwd', '/etc/passwd', '.signalbox/workflows/../../x', '--help']) {
      const said = await refusalOf(
        platform.call('createRun', { params: { project: 'sample' }, body: { workflow } }),
      )
      expect([404, 422], workflow).toContain(said.status)
    }
    const health = await ask('/health')
    expect(await health.json()).toMatchObject({ status: 'ok' })
  })
})
