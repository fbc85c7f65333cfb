import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { stages } from '@signalbox/core/domain/strip.ts'
import { afterEach, expect, test } from 'vitest'
import { ids, sampleChange, sampleDeployment, sampleProject, sampleRun } from '../api/sample-views.ts'
import { type Answers, problem, type StandInServer, startStandInServer } from '../api/stand-in-server.ts'

const main = join(import.meta.dirname, 'main.ts')
const preload = join(import.meta.dirname, '../../../../tools/json-modules.mjs')
const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanup.splice(0)) await clean()
})

async function start(answers: Answers, onLive?: Parameters<typeof startStandInServer>[1]) {
  const server = await startStandInServer(answers, onLive)
  cleanup.push(() => server.close())
  return server
}

interface Ended {
  code: number | null
  out: string
  err: string
}

function cli(server: Pick<StandInServer, 'baseUrl'>, args: string[], cwd = tmpdir()): Promise<Ended> {
  const env = { PATH: process.env['PATH'], SIGNALBOX_URL: server.baseUrl, SIGNALBOX_TOKEN: 'sbx_secret' }
  const child = spawn(process.execPath, ['--import', preload, main, ...args], { env, cwd })
  const ended: Ended = { code: null, out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    ended.out += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    ended.err += String(chunk)
  })
  child.stdin.end()
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ended, code })))
}

const lit = (last: number, lamp: 'moving' | 'clear' | 'stopped') =>
  stages.map((stage, index) => ({
    stage,
    lamp: index < last ? ('clear' as const) : index === last ? lamp : ('off' as const),
  }))

test('help is for everybody, and a wrong command line is 2', async () => {
  const nowhere = { baseUrl: 'http://127.0.0.1:2' }
  const [help, goal, wrong, missing] = await Promise.all([
    cli(nowhere, []),
    cli(nowhere, ['help', 'goal']),
    cli(nowhere, ['frobnicate']),
    cli(nowhere, ['change', 'show']),
  ])
  expect(help).toMatchObject({ code: 0, err: '' })
  for (const name of ['up', 'worker', 'db', 'doctor', 'goal', 'logs'])
    expect(help.out).toContain(`\n  ${name}`)
  expect(goal.out).toContain('Examples:')
  expect(wrong).toMatchObject({ code: 2, out: '' })
  expect(missing.code).toBe(2)
  const [forgotten, option] = await Promise.all([
    cli(nowhere, ['goal']),
    cli(nowhere, ['change', 'comment', '1', 'x']),
  ])
  expect(forgotten.err).toMatch(
    /missing required argument 'text'\nFor example: signalbox goal ".*"\nSee: signalbox goal --help/,
  )
  expect(option).toMatchObject({ code: 2, err: expect.stringContaining('--file is needed.') })
})

test('nobody at the address is 1 and says how to start', async () => {
  const ended = await cli({ baseUrl: 'http://127.0.0.1:2' }, ['status'])
  expect(ended.code).toBe(1)
  expect(ended.err).toContain('No Signalbox answers at http://127.0.0.1:2.')
  expect(ended.err).toContain('signalbox up')
})

test('a goal goes to the only project, and --json is the contract', async () => {
  const goals: string[] = []
  const server = await start({
    listProjects: () => ({ items: [sampleProject()] }),
    createChange: ({ params, body }) => {
      goals.push(`${params['project']}: ${body?.goal} (${body?.mode})`)
      return sampleChange()
    },
  })
  const ended = await cli(server, ['goal', 'Say hello', '--plan', '--json'])
  expect(ended).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(ended.out)).toEqual(sampleChange())
  expect(goals).toEqual(['shop: Say hello (plan)'])
})

test('more than one project must be told apart', async () => {
  const server = await start({
    listProjects: () => ({ items: [sampleProject(), sampleProject({ slug: 'other' })] }),
  })
  const ended = await cli(server, ['goal', 'x', '--json'])
  expect(ended).toMatchObject({ code: 2, out: '' })
  expect(JSON.parse(ended.err).error).toMatchObject({
    code: 'usage',
    hint: 'Name one: --project shop | other',
  })
})

test('a change is watched from lamp to lamp to its bad end', async () => {
  const steps: ChangeDetail[] = [
    sampleChange({ strip: lit(1, 'moving') }),
    sampleChange({
      status: 'validating',
      strip: lit(3, 'moving'),
      evidence: [
        {
          runId: ids.run,
          conclusion: 'failure',
          fingerprint: 'f',
          summary: 'Test failed',
          failingStep: 'Test',
          exitCode: 1,
          excerpt: 'expected 1\u001b[2J got 2',
          createdAt: '2026-01-02T03:04:05.000Z',
        },
      ],
    }),
    sampleChange({
      status: 'completed',
      conclusion: 'rolled_back',
      strip: lit(9, 'stopped'),
      reason: 'HTTP 500',
    }),
  ]
  let reads = 0
  const server = await start(
    {
      listChanges: () => ({ items: [sampleChange()], next: null }),
      getChange: () => steps[Math.min(reads++, 2)] ?? sampleChange(),
    },
    (_request, send) => {
      send({ type: 'ready', cursor: 1 })
      for (const id of [2, 3, 4]) {
        const none = { projectId: null, runId: null, jobId: null, deploymentId: null }
        const event = { ...none, id, at: '2026-01-02T03:04:05.000Z', type: 'change.moved', data: {} }
        send({ type: 'event', event: { ...event, changeId: id === 3 ? ids.run : ids.change } })
      }
    },
  )
  const ended = await cli(server, ['change', 'watch', '#12'])
  expect(ended.code).toBe(1)
  expect(ended.out).toMatch(
    /●> agent.*✗ failure {2}Test failed.*expected 1 got 2.*●> validate.*●✗ watch.*rolled back: HTTP 500/s,
  )
  expect(ended.out).not.toContain('\u001b')
  // The event of another change asks for nothing.
  expect(reads).toBe(3)
})

test('what the server refuses is 1, with its reason and the next step', async () => {
  const server = await start({
    mergeChange: () => problem('refused', 'a change that is working cannot take "merge_requested"'),
  })
  const ended = await cli(server, ['change', 'merge', ids.change])
  expect(ended).toMatchObject({ code: 1, out: '' })
  expect(ended.err).toContain('cannot take "merge_requested"')
  expect(ended.err).toContain('signalbox change show')
})

test('settings are written with the fence that was read', async () => {
  const bodies: unknown[] = []
  const server = await start({
    getProject: () => sampleProject(),
    updateProject: ({ body }) => {
      bodies.push(body)
      return sampleProject({ settings: body?.settings as never, fence: 8 })
    },
  })
  const ended = await cli(server, [
    'project',
    'settings',
    'shop',
    '--set',
    'validation.port=4000',
    '--set',
    'autoMerge=true',
  ])
  expect(ended.code).toBe(0)
  expect(ended.out).toMatch(/validation\.port +4000/)
  expect(bodies).toMatchObject([{ fence: 7, settings: { autoMerge: true, validation: { port: 4000 } } }])
})

test('a log is printed by steps, and one step of it as JSON lines', async () => {
  const server = await start({
    listRuns: () => ({ items: [sampleRun()], next: null }),
    getRun: () => sampleRun(),
    getJobLog: ({ query }) => ({
      attempt: 1,
      lines:
        query?.after === 0
          ? [1, 2, 3].map((n) => ({ n, step: n < 3 ? 1 : 2, at: 0, stream: 'stdout', text: `line ${n}` }))
          : [],
      more: query?.after === 0,
      complete: true,
    }),
  })
  const text = await cli(server, ['logs', 'run:31', '--follow'])
  expect(text.out).toBe('▸ 1 Install\nline 1\nline 2\n▸ 2 Test\nline 3\n\nRun #31 ✓ success\n')
  expect(text.code).toBe(0)
  const json = await cli(server, ['logs', 'run:31', '--step', '2', '--json'])
  expect(JSON.parse(json.out)).toMatchObject({ job: 'validate', n: 3, text: 'line 3' })
})

test('a rollback goes to the last release that held out, not to one that was taken back', async () => {
  const [live, bad, good] = ['1', '2', '3'].map((n) =>
    ids.deployment.replace(/5$/, `a${n}`).replace('00a', '0a'),
  )
  const kept = { live: false, release: 'stopped' as const }
  const rolledTo: string[] = []
  const server = await start({
    getProject: () => sampleProject(),
    listDeployments: () => ({
      items: [
        sampleDeployment({ ...kept, id: bad, commit: 'd'.repeat(40), conclusion: 'rolled_back' }),
        sampleDeployment({ id: live }),
        sampleDeployment({ ...kept, id: good, commit: 'e'.repeat(40), conclusion: 'superseded' }),
      ],
    }),
    rollbackTo: ({ params }) => {
      rolledTo.push(params['deployment'] ?? '')
      return sampleDeployment({ status: 'queued', conclusion: null, trigger: 'rollback' })
    },
  })
  expect((await cli(server, ['rollback', 'shop'])).code).toBe(0)
  expect((await cli(server, ['rollback', 'shop', '--to', 'dddddd'])).code).toBe(0)
  expect((await cli(server, ['rollback', 'shop', '--to', 'cccccc'])).err).toContain('is live already')
  expect(rolledTo).toEqual([good, bad])
})

test('mistakes in a workflow are file:line:column and 2 before anything runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-workflow-'))
  cleanup.push(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, '.github/workflows'), { recursive: true })
  const text = 'on: push\njobs:\n  a:\n    runs-on: linux\n    snapshot: a\n    steps: [{ run: "true" }]\n'
  writeFileSync(join(folder, '.github/workflows/ci.yml'), text)
  const nowhere = { baseUrl: 'http://127.0.0.1:2' }
  const wrong = await cli(nowhere, ['run'], folder)
  expect(wrong).toMatchObject({ code: 2, out: '' })
  expect(wrong.err).toMatch(/^\.github\/workflows\/ci\.yml:5:5: error: /)
  const none = await cli(nowhere, ['run', 'other'], folder)
  expect(none.code).toBe(2)
  expect(none.err).toContain('.github/workflows/ci.yml')
})

test('the inbox shows what waits and what happened, and marks it as read when asked', async () => {
  const marked: unknown[] = []
  const server = await start({
    getInbox: () => ({
      waiting: [sampleChange({ status: 'waiting', waitingFor: 'merge', title: 'Say \u001b[31mhello' })],
      unread: 1,
    }),
    listNotifications: () => ({
      items: [
        {
          id: 7,
          at: new Date().toISOString(),
          kind: 'deployed',
          title: '#3 Greet is deployed',
          text: '',
          projectId: ids.project,
          projectSlug: 'shop',
          changeId: ids.change,
          deploymentId: null,
          readAt: null,
        },
      ],
      next: null,
    }),
    markNotifications: ({ body }) => {
      marked.push(body)
      return { unread: 0 }
    },
  })
  const ended = await cli(server, ['inbox', '--read'])
  expect(ended).toMatchObject({ code: 0, err: '' })
  expect(ended.out).toContain('a merge to allow')
  expect(ended.out).toContain('#3 Greet is deployed')
  expect(ended.out).toContain('Next: signalbox change show')
  expect(ended.out).not.toContain('\u001b[31m')
  expect(marked).toEqual([{ upTo: 7 }])
})
