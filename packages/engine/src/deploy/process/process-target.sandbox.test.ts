import { mkdtemp, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { describeDeployContract, type ReleaseBehaviour } from '@signalbox/testing/deploy-contract.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createBubblewrapProvider } from '../../sandbox/bubblewrap/provider.ts'
import type { SandboxProvider } from '../../sandbox/port.ts'
import { createIngressClient } from '../ingress/client.ts'
import { type RunningIngress, startIngress } from '../ingress/server.ts'
import { ask } from '../ingress/test-release.ts'
import type { DeployTarget, ReleaseSpec } from '../port.ts'
import { rollout } from '../rollout.ts'
import { createProcessTarget } from './process-target.ts'
import { listReleaseSpecs } from './release-file.ts'

let dataDir: string
let provider: SandboxProvider
let target: DeployTarget
let ingress: RunningIngress

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rel-'))
  provider = createBubblewrapProvider({ dataDir })
  target = createProcessTarget({ provider, dataDir })
  ingress = await startIngress({ dataDir, port: 0 })
})

afterAll(async () => {
  for (const { id } of await listReleaseSpecs(dataDir)) await target.remove(id)
  await ingress.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** A whole application on one line; `/die` exits, `/pid` tells its process. */
const app = `
const id = process.env.RELEASE
const status = Number(process.env.STATUS || 200)
console.log('hello from ' + id)
require('http').createServer((req, res) => {
  if (req.url === '/die') process.exit(7)
  if (req.url === '/pid') return res.end(String(process.pid))
  res.writeHead(status).end('hello from ' + id)
}).listen(process.env.PORT, '127.0.0.1')
`

function spec(startCommand: string, env: Record<string, string> = {}): ReleaseSpec {
  const id = newId()
  return {
    id,
    layers: [],
    startCommand,
    port: 3000,
    healthPath: '/health',
    env: { RELEASE: id, APP: app, ...env },
    limits: { memoryBytes: 512 * 1024 * 1024, pids: 128, cpus: 2, diskBytes: 128 * 1024 * 1024 },
  }
}

const runApp = 'exec node -e "$APP"'
const specs: Record<ReleaseBehaviour, () => ReleaseSpec> = {
  answers: () => spec(runApp),
  'answers 500': () => spec(runApp, { STATUS: '500' }),
  'ends at once saying no luck': () => spec('echo no luck >&2; exit 3'),
  'never listens': () => spec('echo waiting; sleep 86399'),
}

function get(socketPath: string, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, path, agent: false, headers: { host: 'x' } }, (res) => {
      let text = ''
      res.on('data', (chunk) => {
        text += chunk
      })
      res.on('end', () => resolve(text))
    })
    req.on('error', reject)
    req.end()
  })
}

describeDeployContract('process', {
  target: () => target,
  another: () => createProcessTarget({ provider: createBubblewrapProvider({ dataDir }), dataDir }),
  spec: (behaviour) => specs[behaviour](),
  get,
})

test('a killed application comes back by itself, and the ingress loses no request', async () => {
  const release = specs.answers()
  const { socketPath } = await target.start(release)
  await createIngressClient({ dataDir }).setRoute({
    host: 'app.localhost',
    releaseId: release.id,
    socketPath,
  })
  const before = await get(socketPath, '/pid')
  const sandbox = await provider.attach(release.id)
  expect((await sandbox?.exec(['kill', '-9', before]))?.code).toBe(0)
  const answer = await ask(ingress.port, { host: 'app.localhost', path: '/pid' })
  expect(answer.status).toBe(200)
  expect(answer.body).not.toBe(before)
  expect(await target.output(release.id, 10_000)).toContain('starting it again')
  expect(await target.state(release.id)).toBe('running')
  await target.remove(release.id)
})

test('an application that crashes again and again is given up and says so', async () => {
  const release = spec(`${runApp.replace('exec ', '')} & sleep 0.7; kill -9 $!; wait`)
  await target.start(release)
  await vi.waitFor(async () => expect(await target.state(release.id)).toBe('stopped'), {
    timeout: 40_000,
    interval: 200,
  })
  expect(await target.output(release.id, 100_000)).toContain('is not started again')
  await target.remove(release.id)
})

test('a release that vanished with the machine is brought back; its environment stands in no file', async () => {
  const release = specs.answers()
  await target.start(release)
  await (await provider.attach(release.id))?.destroy()
  await vi.waitFor(async () => expect(await target.state(release.id)).toBe('stopped'))
  const stored = (await listReleaseSpecs(dataDir)).find((s) => s.id === release.id)
  expect(stored).toEqual({ ...release, env: {} })
  const { socketPath } = await target.start(release)
  expect(await get(socketPath)).toBe(`hello from ${release.id}`)
  expect((await stat(join(dataDir, 'releases', release.id, 'release.json'))).mode & 0o777).toBe(0o600)
  await target.remove(release.id)
})

test('output without end is kept to a bounded tail', async () => {
  const release = spec(`yes 'words that never end' & ${runApp}`)
  await target.start(release)
  await vi.waitFor(async () => expect((await target.output(release.id, 10_000)).length).toBe(10_000))
  expect(Buffer.byteLength(await target.output(release.id, 10_000_000))).toBeLessThanOrEqual(2 * 1024 * 1024)
  await target.remove(release.id)
})

test('a rollout switches to a good release and returns from one that turns bad, under traffic without loss', async () => {
  const [one, two] = [specs.answers(), specs.answers()]
  // Healthy at first, then 500 on everything: the clock is the application's own.
  const bad = spec(runApp.replace('$APP', '$BAD'), {
    BAD: app.replace(
      'res.writeHead(status)',
      "res.writeHead(req.url === '/health' && process.uptime() > 1.5 ? 500 : status)",
    ),
  })
  const client = createIngressClient({ dataDir })
  const host = 'rollout.localhost'
  const common = {
    host,
    target,
    ingress: client,
    startTimeoutMs: 20_000,
    now: Date.now,
    onEvent: async () => undefined,
  }
  expect(await rollout({ ...common, spec: one, watchMs: 300 })).toMatchObject({ outcome: 'live' })
  const statuses = new Map<number, number>()
  let going = true
  const traffic = (async () => {
    while (going) {
      const answers = await Promise.all([1, 2, 3, 4].map(() => ask(ingress.port, { host })))
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  expect(await rollout({ ...common, spec: two, previous: one, watchMs: 500 })).toMatchObject({
    outcome: 'live',
  })
  expect(await target.state(one.id)).toBe('stopped')
  const result = await rollout({ ...common, spec: bad, previous: two, watchMs: 30_000 })
  expect(result).toMatchObject({ outcome: 'rolled_back', reason: expect.stringContaining('HTTP 500') })
  going = false
  await traffic
  expect([...statuses.keys()]).toEqual([200])
  expect((await ask(ingress.port, { host })).body).toBe(`hello from ${two.id}`)
  expect(await target.state(bad.id)).toBe('stopped')
})
