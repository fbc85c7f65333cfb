import { existsSync } from 'node:fs'
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { Blobs } from '@signalbox/server/storage/port.ts'
import { createS3Blobs } from '@signalbox/server/storage/s3/create-s3-blobs.ts'
import { s3ServerOrNotRun } from '@signalbox/testing/installed-s3-server.ts'
import { freePort, type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { type S3Server, startS3Server } from '@signalbox/testing/s3-server.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type SecondWorker, startSecondWorker } from './second-worker.ts'
import {
  addProject,
  changeSettings,
  git,
  give,
  logOf,
  makeRepository,
  npmWorkspace,
  settled,
} from './small-project.ts'

const jobs = Array.from({ length: 10 }, (_, n) => `j${n}`)
const workflow = `name: Share
on: workflow_dispatch
jobs:
${jobs
  .map(
    (name) => `  ${name}:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - run: cat README.md; sleep 2; echo "done ${name} \${{ secrets.TOKEN }}"
      - run: echo "refs $(git for-each-ref --format='%(refname)' refs/remotes/origin/side refs/tags | xargs)"
`,
  )
  .join('')}`

const installed = await s3ServerOrNotRun('two workers with one store of blobs')

let s3: S3Server
let platform: Platform
let second: SecondWorker

function storage(): Record<string, string> {
  return {
    SIGNALBOX_S3_BUCKET: s3.options.bucket,
    SIGNALBOX_S3_ENDPOINT: s3.options.endpoint ?? '',
    SIGNALBOX_S3_ACCESS_KEY_ID: 'S3RVER',
    SIGNALBOX_S3_SECRET_ACCESS_KEY: 'S3RVER',
    SIGNALBOX_WORKER_SLOTS: '3',
    SIGNALBOX_LOGS_TO_BLOBS_AFTER_SECONDS: '1',
  }
}

async function keysOf(store: Blobs, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

describe('jobs that two workers share', () => {
  beforeEach(({ skip }) => {
    if (!installed) skip()
  })
  beforeAll(async () => {
    if (!installed) return
    s3 = await startS3Server()
    platform = await startPlatform(storage())
    const files = { 'README.md': '# Shared work\n', '.signalbox/workflows/share.yml': workflow }
    const source = await makeRepository(files)
    await git(source, 'branch', 'side')
    await git(source, 'tag', 'v1')
    const { slug } = await addProject(platform, { name: 'Shared', source })
    await rm(source, { recursive: true, force: true })
    const items = [{ name: 'TOKEN', value: 'a-shared-secret' }]
    await platform.call('setSecrets', { params: { project: slug }, body: { items } })
    second = await startSecondWorker(platform, storage())
  })
  afterAll(async () => {
    await second?.destroy()
    await platform?.destroy()
    await s3?.close()
  })

  test('two workers share the jobs of a run; one that is killed loses none, and each ends once', async () => {
    const { id } = await platform.call('createRun', {
      params: { project: 'shared' },
      body: { workflow: 'share.yml' },
    })
    const look = () => platform.call('getRun', { params: { run: id } })
    const inProgress = async () => (await look()).jobs.filter((job) => job.status === 'in_progress').length
    // Three slots here and three there: more than three at once are shared.
    await until(
      async () => (await inProgress()) > 3,
      30_000,
      () => second.output(),
    )
    second.kill()
    await until(
      async () => (await look()).status === 'completed',
      120_000,
      () => second.output(),
    )
    const run = await look()
    expect(run.jobs.map((job) => job.reason ?? job.conclusion)).toEqual(jobs.map(() => 'success'))
    expect(run.conclusion).toBe('success')
    expect(run.jobs.some((job) => job.attempt > 1)).toBe(true)
    const store = createS3Blobs(s3.options)
    await until(async () => (await keysOf(store, 'logs/')).length >= jobs.length, 60_000)
    for (const job of run.jobs) {
      // Out of the bucket now; secrets are as masked there as they were in the rows.
      const [key = ''] = await keysOf(store, `logs/${job.id}/${job.attempt}-`)
      const packed = await buffer((await store.get(key))?.data ?? Readable.from([]))
      const stored = gunzipSync(packed).toString()
      expect(stored).toContain(`done ${job.name} ***`)
      expect(stored).not.toContain('a-shared-secret')
      const { lines } = await platform.call('getJobLog', { params: { job: job.id }, query: { limit: 1000 } })
      const ends = lines.filter((line) => line.text.startsWith('done '))
      expect(ends.map((line) => line.text)).toEqual([`done ${job.name} ***`])
      expect(lines.some((line) => line.text === '# Shared work')).toBe(true)
      // Branches and tags reach the second machine as well.
      expect(lines.some((line) => line.text === 'refs refs/remotes/origin/side refs/tags/v1')).toBe(true)
    }
  })
})

const busy = `on: workflow_dispatch
jobs:
  busy:
    runs-on: ubuntu-latest
    steps:
      - run: sleep 600
`

describe('a goal that a worker of another machine carries', () => {
  /** The worker beside the server leaves all turns of agents to others. */
  let server: Platform
  let worker: SecondWorker
  let agents: string
  let busyRun: string
  let metricsPort: number
  const start = () =>
    startSecondWorker(server, {
      SIGNALBOX_AGENTS_DIR: agents,
      SIGNALBOX_WORKER_METRICS_PORT: String(metricsPort),
    })
  beforeAll(async () => {
    agents = await mkdtemp(join(tmpdir(), 'signalbox-agents-'))
    // The user of a sandbox is another one.
    await chmod(agents, 0o755)
    const fixture = new URL('../packages/engine/src/agent/acp/acp-agent.fixture.cjs', import.meta.url)
    await cp(fixture, join(agents, 'bin/acp-agent.cjs'))
    metricsPort = await freePort()
    server = await startPlatform({ SIGNALBOX_WORKER_AGENTS: 'false', SIGNALBOX_WORKER_SLOTS: '1' })
    const files = { 'README.md': '# Busy\n', '.signalbox/workflows/busy.yml': busy }
    const { slug: project } = await addProject(server, { name: 'Busy', files })
    // The worker beside the server has its hands full: what comes is for the other machine.
    const run = await server.call('createRun', { params: { project }, body: { workflow: 'busy.yml' } })
    busyRun = run.id
    await until(
      async () =>
        (await server.call('getRun', { params: { run: busyRun } })).jobs[0]?.status === 'in_progress',
      60_000,
    )
    worker = await start()
  })
  afterAll(async () => {
    await worker?.destroy()
    await server?.destroy()
    await rm(agents, { recursive: true, force: true })
  })

  /** Whether the repository of that data folder holds the object. */
  async function holds(dataDir: string, project: string, object: string): Promise<boolean> {
    const gitDir = join(dataDir, 'repositories', `${project}.git`)
    if (!existsSync(gitDir)) return false
    return await git(gitDir, 'cat-file', '-e', object).then(
      () => true,
      () => false,
    )
  }

  test('a fix begins on a fork of what a validation on that machine installed', async () => {
    const project = await addProject(server, {
      name: 'Kept',
      files: npmWorkspace,
      settings: {
        // Without what was installed it cannot mend anything.
        agent: {
          command:
            'if test -e node_modules/.package-lock.json; then n=2; else n=3; fi; echo "module.exports = $n" > packages/harbour/index.js',
        },
        validation: {
          installCommand: 'npm ci --no-audit --no-fund',
          testCommand: 'node -e "process.exit(require(\'harbour\') === 2 ? 0 : 1)"',
          maxRetries: 2,
        },
      },
    })
    const given = await give(server, project.slug, 'Make it two')
    const change = await server.waitForChange(given.id, settled)
    expect(change.reason ?? change.conclusion).toBe('merged')
    expect(change.fixAttempts).toBe(1)
    expect(await logOf(server, change)).toContain('nothing is installed')
    await server.call('cancelRun', { params: { run: busyRun } })
  })

  test('a command writes, is told what broke, mends it on top of its own work, and it lands', async () => {
    const project = await addProject(server, {
      name: 'Elsewhere',
      files: { 'README.md': '# Here\n', 'kept/deep/file.txt': 'kept\n', 'app.txt': 'old\n' },
      settings: {
        // A second turn that saw nothing of the first would write the bad line again.
        agent: {
          command:
            'if grep -q bad app.txt; then echo good > app.txt; else echo bad > app.txt; ln -s app.txt link; fi',
        },
        validation: { testCommand: 'grep -q good app.txt && test -L link', maxRetries: 2 },
      },
    })
    const given = await give(server, project.slug, 'Make it good')
    const change = await server.waitForChange(given.id, settled)
    expect(change.reason ?? change.conclusion).toBe('merged')
    expect(change.fixAttempts).toBe(1)
    const landed = change.pullRequest?.landedCommit ?? ''
    const gitDir = join(server.dataDir, 'repositories', `${project.id}.git`)
    expect(await git(gitDir, 'show', `${landed}:app.txt`)).toBe('good')
    expect(await git(gitDir, 'ls-tree', '-r', '--name-only', landed)).toBe(
      'README.md\napp.txt\nkept/deep/file.txt\nlink',
    )
    expect(await git(gitDir, 'fsck', '--strict', '--no-dangling')).toBe('')
    // It was made there: the tree is in the mirror of that machine as well.
    const tree = await git(gitDir, 'rev-parse', `${change.pullRequest?.headCommit}^{tree}`)
    expect(await holds(worker.dataDir, project.id, tree)).toBe(true)
    const figures = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    expect(figures).toMatch(/signalbox_repository_seconds_count\{what="send-tree",result="ok"\} [2-9]/)
    expect(figures).toMatch(/signalbox_job_attempt_seconds_count\{kind="agent",conclusion="success"\} [2-9]/)
    expect(figures).toMatch(/signalbox_sandbox_create_seconds_count\{provider="\w+",result="ok"\} [1-9]/)
  })

  test('the sample goes to production: its script is played there, its release stands beside the server', async () => {
    const { id } = await server.call('createChange', {
      params: { project: 'sample' },
      body: { goal: 'Show long waits in days' },
    })
    const change = await server.waitForChange(id, settled)
    expect(change.reason ?? change.conclusion).toBe('deployed')
    expect(change.fixAttempts).toBe(1)
    expect((await server.visit('sample.localhost')).text).toContain('3 d 3 h')
  })

  test('an agent over ACP works there, asks a person here, and goes on in its session', async () => {
    const command = (behaviour: string) => `node /opt/tools/bin/acp-agent.cjs ${behaviour}`
    const acp = (behaviour: string) => ({ driver: 'acp', command: command(behaviour) }) as const
    const settings = { autoMerge: false, agent: acp('work'), validation: { testCommand: 'true' } }
    const project = await addProject(server, { name: 'Acp', settings })
    const made = await give(server, project.slug, 'Make the file')
    const first = await server.waitForChange(made.id, settled)
    expect(first.waitingFor ?? first.reason).toBe('merge')
    const { diff } = await server.call('getChangeDiff', { params: { change: made.id } })
    expect(diff).toContain('+made')
    await changeSettings(server, project.slug, { agent: acp('permission') })
    const asking = await give(server, project.slug, 'Open the page')
    const asks = await server.waitForChange(asking.id, (change) => change.waitingFor === 'permission')
    await server.call('answerPermission', {
      params: { change: asking.id, question: asks.agentRun?.questions[0]?.id ?? '' },
      body: { allow: true },
    })
    const answered = await server.waitForChange(asking.id, settled)
    expect(answered.agentRun?.conversation.at(-1)).toMatchObject({ kind: 'end', text: 'yes yes' })
    await changeSettings(server, project.slug, { agent: acp('echo') })
    await server.call('sendMessage', { params: { change: made.id }, body: { text: 'And now?' } })
    const over = await server.waitForChange(made.id, (c) => c.agentRun?.turn === 2 && settled(c))
    const heard: unknown = JSON.parse(
      over.agentRun?.conversation.findLast((e) => e.kind === 'end')?.text ?? '',
    )
    expect(heard).toMatchObject({ remembers: [expect.stringContaining('Make the file'), 'And now?'] })
  })

  test('a machine that is lost in the middle of a turn takes nothing with it', async () => {
    const project = await addProject(server, { name: 'Lost' })
    const given = await give(server, project.slug, 'sleep 4; echo "by $RANDOM" > made.txt')
    await server.waitForChange(given.id, (change) => change.runs.some((run) => run.status === 'in_progress'))
    const turn = async () => {
      const { runs } = await server.call('getChange', { params: { change: given.id } })
      return (await server.call('getRun', { params: { run: runs[0]?.id ?? '' } })).jobs[0]
    }
    await until(async () => (await turn())?.status === 'in_progress', 30_000)
    worker.kill()
    await worker.destroy()
    worker = await start()
    const change = await server.waitForChange(given.id, settled)
    expect(change.reason ?? change.conclusion).toBe('merged')
    expect((await turn())?.attempt).toBeGreaterThan(1)
  })
})
