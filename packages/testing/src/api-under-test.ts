import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@signalbox/core/base/clock.ts'
import type { Flows } from '@signalbox/server/api/flows-port.ts'
import { buildServer } from '@signalbox/server/api/server.ts'
import type { ServerDeps } from '@signalbox/server/api/server-deps.ts'
import { ensureAuthKey } from '@signalbox/server/auth/auth-key.ts'
import { ensureCliToken } from '@signalbox/server/auth/cli-token.ts'
import { issueLoginToken } from '@signalbox/server/auth/sign-in.ts'
import { readConfig } from '@signalbox/server/config.ts'
import { createEventStream } from '@signalbox/server/events/subscribe.ts'
import { createLocalForge } from '@signalbox/server/forge/local/create-local-forge.ts'
import { fileKeyRing, masterKeyFile } from '@signalbox/server/secrets/key-ring.ts'
import { createVault } from '@signalbox/server/secrets/vault.ts'
import { createFakeBlobs } from '@signalbox/server/storage/fake/create-fake-blobs.ts'
import { pino } from 'pino'
import { testDatabase } from './postgres-template.ts'

/** One call that the API made of the flows, in order. */
export interface FlowCall {
  name: string
  input: unknown
  userId: string | undefined
}

/** A server on a free port over a database of its own; flows answer as told and are written down. */
export interface ApiUnderTest {
  deps: ServerDeps
  port: number
  url: string
  /** The CLI's token. */
  token: string
  calls: FlowCall[]
  /** What a flow does; one that is not told throws. */
  flow: Partial<Flows>
  logged: string[]
  /** With the CLI's token, unless the headers say otherwise. */
  call(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Response>
  /** Signs a browser in. */
  signIn(): Promise<{ cookie: string; csrf: string }>
  close(): Promise<void>
}

const nothingOld = {
  changes: 0,
  runs: 0,
  logs: 0,
  logBytes: 0,
  artifacts: 0,
  artifactBytes: 0,
  events: 0,
  auditEntries: 0,
}

/** Builds the whole HTTP side with real database, events and repositories. */
export async function apiUnderTest(change: Partial<ServerDeps> = {}): Promise<ApiUnderTest> {
  const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-api-'))
  const database = await testDatabase()
  const logged: string[] = []
  // Nothing is cut out of this log: a secret in it is a fault of the code that logs.
  const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) })
  const { db, connectionString } = database
  const events = await createEventStream({ connectionString, db })
  const flow: Partial<Flows> = {}
  const calls: FlowCall[] = []
  const ok = async () => ({ status: 'ok' as const, detail: 'well' })
  const deps: ServerDeps = {
    // Tests ask for every route at once; the limits have tests of their own.
    config: {
      ...readConfig({ SIGNALBOX_DATA_DIR: dataDir }),
      rateLimitPerMinute: 1_000_000,
      browserRateLimitPerMinute: 1_000_000,
    },
    db,
    events,
    forge: await createLocalForge({ dataDir }),
    blobs: createFakeBlobs(),
    vault: createVault({ db, ring: fileKeyRing(masterKeyFile(dataDir), true), now: () => new Date() }),
    flows: recordingFlows(flow, calls),
    clock: systemClock,
    authSecret: await ensureAuthKey(dataDir),
    log,
    version: '0.0.0',
    startedAt: new Date(),
    databaseKind: 'external',
    databaseVersion: async () => '15',
    agentDrivers: new Map([['scripted', { label: 'Scripted', scripted: true }]]),
    probes: { database: ok, queue: ok, worker: ok, ingress: ok, disk: ok },
    retention: { preview: async () => nothingOld, run: async () => nothingOld },
    doctor: async () => [],
    measures: { pool: () => ({ total: 1, idle: 1, waiting: 0 }), freeBytes: async () => 1e9 },
    ingressRoutes: async () => [],
    releaseOutput: async () => 'hello from the release',
    machineToken: undefined,
    allowedHosts: ['box.example'],
    dashboardDir: undefined,
    ...change,
  }
  deps.machineToken = await ensureCliToken(deps, dataDir)
  const token = (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim()
  const app = await buildServer(deps)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    deps,
    port: Number(new URL(url).port),
    url,
    token,
    calls,
    flow,
    logged,
    call(method, path, options = {}) {
      return fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
      })
    },
    async signIn() {
      const login = await issueLoginToken(deps, { port: 1 })
      const answer = await fetch(`${url}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: login.token }),
      })
      const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
      const body: unknown = await answer.json()
      const csrf = typeof body === 'object' && body && 'csrfToken' in body ? String(body.csrfToken) : ''
      return { cookie, csrf }
    },
    async close() {
      await app.close()
      await events.close()
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function recordingFlows(flow: Partial<Flows>, calls: FlowCall[]): Flows {
  const call = (name: keyof Flows) => async (input: unknown, actor?: { userId: string }) => {
    calls.push({ name, input, userId: actor?.userId })
    const told = flow[name]
    if (!told) throw new Error(`the test did not say what ${name} does`)
    return Reflect.apply(told, flow, [input, actor])
  }
  return {
    createProject: call('createProject'),
    updateProject: call('updateProject'),
    deleteProject: call('deleteProject'),
    createChange: call('createChange'),
    sendMessage: call('sendMessage'),
    sendComments: call('sendComments'),
    decidePlan: call('decidePlan'),
    answerPermission: call('answerPermission'),
    approveChange: call('approveChange'),
    mergeChange: call('mergeChange'),
    retryChange: call('retryChange'),
    cancelChange: call('cancelChange'),
    startPush: call('startPush'),
    endPush: call('endPush'),
    createRun: call('createRun'),
    tryValidation: call('tryValidation'),
    cancelRun: call('cancelRun'),
    reviewEnvironment: call('reviewEnvironment'),
    dispatchEvent: call('dispatchEvent'),
    readSchedules: call('readSchedules'),
    rerunRun: call('rerunRun'),
    listWorkflows: call('listWorkflows'),
    createDeployment: call('createDeployment'),
    rollbackTo: call('rollbackTo'),
    validationWorkflow: call('validationWorkflow'),
    exampleGoals: call('exampleGoals'),
  }
}
