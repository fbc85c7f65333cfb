import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { installedAgent } from '@signalbox/testing/installed-agent.ts'
import { type ModelServer, type ModelTurn, startModelServer } from '@signalbox/testing/model-server.ts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createBubblewrapProvider } from '../../sandbox/bubblewrap/provider.ts'
import { modelBase } from '../../sandbox/egress/model-broker.ts'
import { type EgressProxy, type EgressRecord, startEgressProxy } from '../../sandbox/egress/proxy.ts'
import type { Sandbox } from '../../sandbox/port.ts'
import type { AgentEvent, AgentSession, AgentTurn, PermissionRequest } from '../port.ts'
import { createAcpDriver } from './acp.ts'

/** Gemini CLI from npm, unchanged; only the model behind it is a stand-in on loopback. */
const canary = 'canary-key-that-no-sandbox-may-see'
const mebibyte = 1024 * 1024
let toolsFolder: string
let dataDir: string
let model: ModelServer
let proxy: EgressProxy
let requests: EgressRecord[] = []
const open: Sandbox[] = []

beforeAll(async () => {
  toolsFolder = await installedAgent()
  dataDir = await mkdtemp(join(tmpdir(), 'real-agent-'))
}, 300_000)
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true })
})
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.destroy()
  await proxy.close()
  await model.close()
})

async function prepare(turns: ModelTurn[]): Promise<void> {
  model = await startModelServer(turns)
  requests = []
  proxy = await startEgressProxy({
    socketPath: join(dataDir, 'egress.sock'),
    allow: [],
    models: [{ name: 'gemini', api: 'gemini', baseUrl: model.url, headers: { 'x-goog-api-key': canary } }],
    onRequest: (record) => requests.push(record),
  })
}

async function makeSandbox(): Promise<Sandbox> {
  const sandbox = await createBubblewrapProvider({ dataDir }).create({
    id: `real-${newId()}`,
    ownerId: 'real-agent-test',
    limits: { memoryBytes: 2048 * mebibyte, pids: 512, cpus: 2, diskBytes: 1024 * mebibyte },
    network: { mode: 'egress', proxySocket: proxy.socketPath },
    env: {},
    layers: [],
    detached: false,
    toolsFolder,
  })
  open.push(sandbox)
  return sandbox
}

async function play(given: Partial<AgentTurn> & { sandbox: Sandbox }) {
  const events: AgentEvent[] = []
  const asked: PermissionRequest[] = []
  const result = await createAcpDriver().run({
    mode: 'work',
    prompt: 'Make the file made.txt',
    history: [],
    turn: 1,
    settings: { command: 'gemini --acp' },
    env: { GOOGLE_GEMINI_BASE_URL: `${modelBase}/gemini`, GEMINI_API_KEY: 'placeholder' },
    timeoutMs: 120_000,
    async ask(request) {
      asked.push(request)
      return { allowed: true, by: 'person' }
    },
    onEvent: async (event) => void events.push(event),
    signal: new AbortController().signal,
    ...given,
  })
  return { result, events, asked }
}

const edit = { call: 'write_file', args: { file_path: '/workspace/made.txt', content: 'made\n' } }

test('Gemini CLI edits a file, asks before, and tells what it used; its key is nowhere inside', async () => {
  await prepare([edit, { text: 'I made the file.' }])
  const sandbox = await makeSandbox()
  const { result, events, asked } = await play({ sandbox })
  expect(result).toMatchObject({ outcome: 'completed', answer: 'I made the file.' })
  const file = await sandbox.readFile('/workspace/made.txt', { maxBytes: 100 })
  expect(file && Buffer.from(file).toString()).toBe('made\n')
  expect(asked).toMatchObject([{ kind: 'edit', diff: expect.stringContaining('+made') }])
  expect(events.map(({ type }) => type).filter((type) => type !== 'output')).toEqual([
    'tool_call',
    'permission_request',
    'permission_answer',
    'tool_result',
    'message',
    'usage',
  ])
  expect(events.find(({ type }) => type === 'usage')).toEqual({
    type: 'usage',
    inputTokens: 200,
    outputTokens: 40,
  })
  expect(model.calls.map(({ headers }) => headers['x-goog-api-key'])).toEqual([canary, canary])
  const { port } = new URL(model.url)
  expect(requests.filter((r) => r.allowed).map((r) => `${r.host}:${r.port}`)).toContain(`127.0.0.1:${port}`)
  expect(JSON.stringify([events, result.answer, requests])).not.toContain(canary)
  let found = ''
  await sandbox.exec(
    [
      'bash',
      '-c',
      `env; grep -rl canary-key / --include='*' 2>/dev/null --exclude-dir=proc --exclude-dir=usr --exclude-dir=sys | head`,
    ],
    {
      cwd: '/',
      onOutput: (_stream, chunk) => {
        found += Buffer.from(chunk).toString('utf8')
      },
    },
  )
  expect(found).toContain('HOME=')
  expect(found).not.toContain('canary-key')
})

test('Gemini CLI remembers the conversation in the next sandbox, and nothing of it is told again', async () => {
  await prepare([{ text: 'Blue is a colour.' }, { text: 'You asked about colours.' }])
  const first = await play({ sandbox: await makeSandbox(), prompt: 'Name the colour of the sky' })
  const second = await play({
    sandbox: await makeSandbox(),
    prompt: 'What did I ask?',
    turn: 2,
    session: await aged(first.result.session),
  })
  expect(second.result).toMatchObject({ outcome: 'completed', answer: 'You asked about colours.' })
  expect(second.result.session?.id).toBe(first.result.session?.id)
  expect(model.calls[1]?.body.includes('Name the colour of the sky')).toBe(true)
  expect(JSON.stringify(second.events)).not.toContain('Blue is a colour')
})

test('Gemini CLI is told the conversation when it cannot take its session up', async () => {
  await prepare([{ text: 'You asked about colours.' }])
  const { result } = await play({
    sandbox: await makeSandbox(),
    turn: 2,
    session: { id: '0c5a5ae3-0000-4000-8000-000000000000', totals: {} },
    history: [{ role: 'person', text: 'Name the colour of the sky' }],
  })
  expect(result.outcome).toBe('completed')
  expect(model.calls[0]?.body.includes('Name the colour of the sky')).toBe(true)
})

/** Gemini CLI names a session's file by the minute and loses one that is loaded in the minute that it was made. */
async function aged(session: AgentSession | undefined): Promise<AgentSession> {
  if (!session?.home) throw new Error('the agent left no session')
  const sandbox = await makeSandbox()
  await sandbox.writeFile('/tmp/home.tar', session.home)
  const rename =
    'cd h/.gemini/tmp/workspace/chats && for f in *; do mv "$f" "session-2026-01-01T00-00-${f##*-}"; done'
  const chunks: Uint8Array[] = []
  const script = `cd /tmp; mkdir h; tar -xzf home.tar -C h; (${rename}); tar -czf - -C h .`
  await sandbox.exec(['bash', '-c', script], {
    onOutput: (_stream, chunk) => void chunks.push(chunk.slice()),
  })
  return { ...session, home: Buffer.concat(chunks) }
}

test('Gemini CLI, which ends on no signal, is cancelled with all that it started', async () => {
  await prepare([{ hang: true }])
  const cancel = new AbortController()
  const sandbox = await makeSandbox()
  const running = play({ sandbox, signal: cancel.signal })
  await model.asked(1)
  cancel.abort()
  expect((await running).result.outcome).toBe('cancelled')
  let left = ''
  await sandbox.exec(['bash', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'], {
    cwd: '/',
    onOutput: (_stream, chunk) => {
      left += Buffer.from(chunk).toString('utf8')
    },
  })
  expect(left).not.toContain('gemini')
})
