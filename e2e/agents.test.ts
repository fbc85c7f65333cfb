import { chmod, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { installedAgent } from '@signalbox/testing/installed-agent.ts'
import { type ModelServer, startModelServer } from '@signalbox/testing/model-server.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { addProject, give, settled } from './small-project.ts'

/** An agent from npm and a scripted one, both over ACP, through the whole platform; the model is a stand-in. */
const canary = 'canary-key-of-the-model'
let platform: Platform
let model: ModelServer
let agents: string

beforeAll(async () => {
  agents = await mkdtemp(join(tmpdir(), 'signalbox-agents-'))
  // The user of a sandbox is another one.
  await chmod(agents, 0o755)
  await cp(await installedAgent(), agents, { recursive: true, verbatimSymlinks: true })
  await mkdir(join(agents, 'bin'))
  const fixture = new URL('../packages/engine/src/agent/acp/acp-agent.fixture.cjs', import.meta.url)
  await cp(fixture, join(agents, 'bin/acp-agent.cjs'))
  model = await startModelServer([
    { call: 'write_file', args: { file_path: '/workspace/made.txt', content: 'made\n' } },
    { text: 'I made the file.' },
  ])
  platform = await startPlatform({
    SIGNALBOX_AGENTS_DIR: agents,
    GEMINI_API_KEY: canary,
    GOOGLE_GEMINI_BASE_URL: model.url,
  })
})
afterAll(async () => {
  await platform?.destroy()
  await model?.close()
  await rm(agents, { recursive: true, force: true })
})

async function project(name: string, agent: Record<string, unknown>) {
  await addProject(platform, {
    name,
    settings: {
      agent: { driver: 'acp', timeoutMinutes: 3, ...agent },
      validation: { testCommand: 'true' },
      autoMerge: false,
    },
  })
}

const fixture = (behaviour: string) => `node /opt/tools/bin/acp-agent.cjs ${behaviour}`
const asks = (change: ChangeDetail) => change.waitingFor === 'permission'
const kinds = (change: ChangeDetail) => change.agentRun?.conversation.map((entry) => entry.kind) ?? []

async function answer(change: ChangeDetail, body: { allow: boolean; option?: string }) {
  const question = change.agentRun?.questions[0]
  if (!question) throw new Error('the agent asks nothing')
  return await platform.call('answerPermission', {
    params: { change: change.id, question: question.id },
    body,
  })
}

/** SIGKILL to both at once; resolves when the new server answers. */
async function killServerAndWorker(): Promise<void> {
  const pids = [await platform.pidOf('server'), await platform.pidOf('worker')]
  for (const pid of pids) if (pid !== undefined) process.kill(pid, 'SIGKILL')
  await vi.waitFor(
    async () => {
      expect(pids).not.toContain(await platform.pidOf('server'))
      await platform.call('getInbox')
    },
    { timeout: 60_000, interval: 200 },
  )
}

test('an agent from npm changes code; its key is added outside and stands nowhere', async () => {
  await project('real', { command: 'gemini --acp' })
  const change = await platform.waitForChange(
    (await give(platform, 'real', 'Make made.txt')).id,
    settled,
    180_000,
  )
  expect(change).toMatchObject({
    reason: expect.not.stringContaining('failed'),
    waitingFor: 'merge',
    agentRun: { responseType: 'pr', progress: 100, usage: { inputTokens: 200, outputTokens: 40 } },
  })
  expect(kinds(change)).toEqual(
    expect.arrayContaining(['tool_call', 'permission_request', 'permission_answer', 'tool_result', 'usage']),
  )
  const { diff } = await platform.call('getChangeDiff', { params: { change: change.id } })
  expect(diff).toContain('+made')
  expect(model.calls.map(({ headers }) => headers['x-goog-api-key'])).toEqual([canary, canary])
  const run = await platform.call('getRun', {
    params: { run: change.runs.find((r) => r.kind === 'agent')?.id ?? '' },
  })
  const job = run.jobs[0]?.id ?? ''
  const egress = await platform.call('listEgress', { params: { job } })
  const log = await platform.call('getJobLog', { params: { job }, query: {} })
  expect(egress.items.filter((request) => request.allowed).map(({ host }) => host)).toContain('127.0.0.1')
  expect(JSON.stringify([change, run, egress, log, platform.output()])).not.toContain(canary)
})

test('a question waits for a person, outlives server and worker, and its answer reaches the agent', async () => {
  await project('asking', { command: fixture('permission') })
  const given = await give(platform, 'asking', 'Open the page')
  const first = await platform.waitForChange(given.id, asks, 60_000)
  expect(first).toMatchObject({
    status: 'working',
    reason: 'The agent asks: Open example.org',
    agentRun: { status: 'in_progress', questions: [{ title: 'Open example.org', kind: 'fetch' }] },
  })
  expect(first.strip.find(({ stage }) => stage === 'agent')?.lamp).toBe('waiting')
  expect((await platform.call('getInbox')).waiting.map(({ id }) => id)).toContain(given.id)
  const asked = first.agentRun?.questions[0]?.id
  await killServerAndWorker()
  // The turn is played again, and the question asked again.
  const again = await platform.waitForChange(
    given.id,
    (change) => asks(change) && change.agentRun?.questions[0]?.id !== asked,
    120_000,
  )
  await expect(
    platform.call('answerPermission', {
      params: { change: given.id, question: asked ?? '' },
      body: { allow: true },
    }),
  ).rejects.toThrow(/answered already|does not wait/)
  expect(await platform.cli('change', 'show', String(again.number), '--project', 'asking')).toContain(
    'The agent asks (fetch): Open example.org',
  )
  await platform.cli('change', 'answer', String(again.number), 'no', '--project', 'asking')
  const over = await platform.waitForChange(given.id, settled, 60_000)
  expect(over.agentRun?.questions).toEqual([])
  const answers = over.agentRun?.conversation.filter(({ kind }) => kind === 'permission_answer')
  expect(answers?.map(({ data }) => [data['allowed'], data['by']])).toEqual([
    [true, 'rule'],
    [false, 'person'],
  ])
  expect(over.agentRun?.conversation.at(-1)).toMatchObject({ kind: 'end', text: 'yes no' })
})

test('a cancel while the agent asks ends question, agent and sandbox', async () => {
  const given = await give(platform, 'asking', 'Open another page')
  const change = await platform.waitForChange(given.id, asks, 60_000)
  await platform.call('cancelChange', { params: { change: given.id } })
  const over = await platform.waitForChange(given.id, (c) => c.status === 'completed', 60_000)
  expect(over).toMatchObject({ conclusion: 'cancelled', waitingFor: null })
  await expect(answer(change, { allow: true })).rejects.toThrow(/answered already|does not wait/)
})

test('the next turn goes on in the same session after a restart, in the order of the conversation', async () => {
  await project('talking', { command: fixture('echo'), planningStatement: 'Small steps only.' })
  const given = await give(platform, 'talking', 'Remember the number 7', 'plan')
  const planned = await platform.waitForChange(given.id, settled, 60_000)
  expect(planned).toMatchObject({ waitingFor: 'plan', agentRun: { responseType: 'plan' } })
  await killServerAndWorker()
  await platform.call('decidePlan', { params: { change: given.id }, body: { decision: 'confirm' } })
  const over = await platform.waitForChange(given.id, (c) => c.agentRun?.turn === 2 && settled(c), 120_000)
  expect(over).toMatchObject({ conclusion: 'answered', agentRun: { responseType: 'regular' } })
  const said = over.agentRun?.conversation.findLast(({ kind }) => kind === 'end')?.text ?? '{}'
  const heard: unknown = JSON.parse(said)
  expect(heard).toMatchObject({
    mode: 'default',
    remembers: [
      expect.stringMatching(/Small steps only\.\s+Remember the number 7/),
      expect.stringContaining('confirmed'),
    ],
  })
  expect(JSON.stringify(over.agentRun?.conversation)).not.toContain('replayed')
  const page = await platform.call('listConversation', { params: { change: given.id }, query: { limit: 2 } })
  const rest = await platform.call('listConversation', {
    params: { change: given.id },
    query: { after: page.next ?? '' },
  })
  expect([...page.items, ...rest.items]).toEqual(over.agentRun?.conversation)
})

test('an agent whose model is busy is tried again, and goes on where it was', async () => {
  await project('flaky', { command: fixture('flaky'), retryBackoffSeconds: 0.2 })
  const change = await platform.waitForChange((await give(platform, 'flaky', 'Do it')).id, settled, 60_000)
  expect(change).toMatchObject({ conclusion: 'answered' })
  const texts = change.agentRun?.conversation.map(({ text }) => text) ?? []
  expect(texts.join('\n')).toMatch(/503 the model is overloaded.*tried again.*1 of 2/)
  expect(texts.at(-1)).toMatch(/went on: .*broke off/)
  await project('busy', { command: fixture('busy'), retryBackoffSeconds: 0.1, maxRetries: 1 })
  const given = await give(platform, 'busy', 'Do it')
  const failed = await platform.waitForChange(given.id, settled, 60_000)
  expect(failed).toMatchObject({ waitingFor: 'help', reason: expect.stringContaining('429') })
})

test('a command that is not there says what to do', async () => {
  await project('absent', { command: 'no-such-agent --acp' })
  const change = await platform.waitForChange((await give(platform, 'absent', 'Do it')).id, settled, 60_000)
  expect(change.reason).toMatch(/not found in the sandbox.*agents\.md/)
  const guide = await readFile(new URL('../docs/guide/agents.md', import.meta.url), 'utf8')
  expect(guide).toContain('npm install --prefix')
})
