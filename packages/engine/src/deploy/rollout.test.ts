import { expect, test } from 'vitest'
import { createFakeIngress, createFakeTarget } from './fake.ts'
import type { HealthResult, ReleaseSpec } from './port.ts'
import { type RolloutEvent, type RolloutRequest, rollout } from './rollout.ts'

const bad: HealthResult = { healthy: false, detail: 'HTTP 500', durationMs: 1 }
const good: HealthResult = { healthy: true, detail: 'HTTP 200', durationMs: 1 }
const host = 'sample.localhost'

function spec(id: string): ReleaseSpec {
  const limits = { memoryBytes: 1, pids: 1, cpus: 1, diskBytes: 1 }
  return { id, layers: [], startCommand: 'x', port: 1, healthPath: '/', env: {}, limits }
}

/** A world with `old` live, a clock that sleep moves, and everything that happens in one list. */
async function world(change: Partial<RolloutRequest> = {}) {
  const target = createFakeTarget()
  const ingress = createFakeIngress(target)
  const previous = spec('old')
  const { socketPath } = await target.start(previous)
  await ingress.setRoute({ host, releaseId: 'old', socketPath })
  target.calls.length = 0
  let time = 0
  const events: RolloutEvent[] = []
  const request: RolloutRequest = {
    spec: spec('new'),
    previous,
    host,
    target,
    ingress,
    watchMs: 5_000,
    startTimeoutMs: 3_000,
    now: () => time,
    sleep: async (ms) => {
      time += ms
    },
    onEvent: async (event) => {
      events.push(event)
      if (event.type !== 'watched') target.calls.push(`(${event.type})`)
    },
    ...change,
  }
  const routed = async () => (await ingress.routes()).find((r) => r.host === host)?.releaseId
  return { target, ingress, request, events, routed }
}

test('a good release takes the traffic and the old one drains and stops, each step told before it is done', async () => {
  const { target, request, routed } = await world()
  expect(await rollout(request)).toMatchObject({ outcome: 'live' })
  expect(target.calls).toEqual([
    '(starting)',
    'start new',
    '(started)',
    '(switching)',
    `route ${host} new`,
    '(switched)',
    '(watch_passed)',
    'drain old',
    'stop old',
  ])
  expect(await routed()).toBe('new')
})

test.each([
  ['exits at once', { start: 'exits' as const, output: 'no port' }, /ended at once: no port/],
  ['never becomes healthy', { health: () => bad }, /not healthy within 3/],
  ['flickers', { health: (n: number) => (n % 2 ? good : bad) }, /not healthy within 3/],
  [
    'exits while it is checked',
    { health: (n: number) => (n === 3 ? ('exits' as const) : bad) },
    /exited before/,
  ],
])('a release that %s never has the traffic', async (_name, behaviour, reason) => {
  const { target, request, routed } = await world()
  target.behaviours.set('new', behaviour)
  const result = await rollout(request)
  expect(result).toEqual({ outcome: 'failed', reason: expect.stringMatching(reason) })
  expect(await routed()).toBe('old')
  expect(await target.state('old')).toBe('running')
  expect(await target.state('new')).toBe('stopped')
  expect(target.calls.filter((c) => c.startsWith('route'))).toEqual([])
})

test.each([
  ['fails three checks', { health: (n: number) => (n > 4 ? bad : good) }, /3 health checks in a row/],
  ['exits', { health: (n: number) => (n > 4 ? ('exits' as const) : good) }, /exited/],
])('a release that %s in its watch gives the traffic back', async (_name, behaviour, reason) => {
  const { target, request, routed } = await world()
  target.behaviours.set('new', behaviour)
  expect(await rollout(request)).toEqual({ outcome: 'rolled_back', reason: expect.stringMatching(reason) })
  expect(target.calls.slice(-5)).toEqual([
    '(rolling_back)',
    'start old',
    `route ${host} old`,
    'drain new',
    'stop new',
  ])
  expect(await routed()).toBe('old')
})

test('errors that only the ingress sees send it back too', async () => {
  const { target, ingress, request } = await world()
  ingress.counts.set('new', { requests: 40, errors: 2, open: 0 })
  expect(await rollout(request)).toMatchObject({
    outcome: 'rolled_back',
    reason: expect.stringContaining('2 of 40'),
  })
  expect(await target.state('old')).toBe('running')
})

test('two failed checks and a recovery are no reason to go back', async () => {
  const { target, request } = await world()
  target.behaviours.set('new', { health: (n) => (n === 4 || n === 5 ? bad : good) })
  expect(await rollout(request)).toMatchObject({ outcome: 'live' })
})

test('a first release that turns unhealthy leaves nothing served', async () => {
  const { target, request, routed } = await world({ previous: undefined })
  target.behaviours.set('new', { health: (n) => (n > 3 ? bad : good) })
  expect(await rollout(request)).toMatchObject({
    outcome: 'rolled_back',
    reason: expect.stringContaining('no earlier release'),
  })
  expect(await routed()).toBeUndefined()
})

test('rolling out what is live already does not stop it', async () => {
  const { target, request } = await world({ spec: spec('old') })
  expect(await rollout(request)).toMatchObject({ outcome: 'live' })
  expect(await target.state('old')).toBe('running')
})

test('an ingress that is away for a moment of the watch is no fault of the release', async () => {
  const { ingress, request, events } = await world()
  const onEvent = request.onEvent
  request.onEvent = async (event) => {
    await onEvent(event)
    if (event.type === 'watched' && events.filter((e) => e.type === 'watched').length === 2)
      ingress.failNext()
  }
  expect(await rollout(request)).toMatchObject({ outcome: 'live' })
})

test('what the machine could not do is thrown, and nothing is routed', async () => {
  const { target, request, routed } = await world()
  target.behaviours.set('new', { start: 'machine' })
  await expect(rollout(request)).rejects.toMatchObject({ code: 'sandbox-failed' })
  expect(await routed()).toBe('old')
})

/** Where a stored event says to go on. */
const resume: Partial<Record<RolloutEvent['type'], RolloutRequest['resumeAt']>> = {
  starting: 'starting',
  started: 'checking',
  switching: 'watching',
  switched: 'watching',
  watched: 'watching',
  watch_passed: 'watching',
  rolling_back: 'rolling_back',
}

for (const health of [() => good, (n: number) => (n > 4 ? bad : good)]) {
  const end = health(99) === good ? 'live' : 'rolled_back'
  test.each(Object.keys(resume))(
    `killed right after %s was stored, another worker brings it to ${end}`,
    async (type) => {
      const { target, request, routed, events } = await world()
      target.behaviours.set('new', { health })
      const onEvent = request.onEvent
      request.onEvent = async (event) => {
        await onEvent(event)
        if (event.type === type) throw new Error('killed')
      }
      const first = await rollout(request).catch((error: Error) => error.message)
      const last = events.findLast((e) => resume[e.type])
      if (first !== 'killed' || !last)
        return expect(type).toBe(end === 'live' ? 'rolling_back' : 'watch_passed')
      const resumed = { ...request, onEvent, resumeAt: resume[last.type] }
      const result = await rollout(
        last.type === 'rolling_back' ? { ...resumed, resumeReason: last.reason } : resumed,
      )
      expect(result.outcome).toBe(end)
      expect(await routed()).toBe(end === 'live' ? 'new' : 'old')
      expect(await target.state(end === 'live' ? 'old' : 'new')).toBe('stopped')
    },
  )
}

test('an abandoned rollout changes nothing more and can be taken up', async () => {
  const abandon = new AbortController()
  const { request, routed } = await world({ signal: abandon.signal })
  const onEvent = request.onEvent
  request.onEvent = async (event) => {
    await onEvent(event)
    if (event.type === 'switching') abandon.abort()
  }
  await expect(rollout(request)).rejects.toMatchObject({ code: 'rollout-abandoned', retryable: true })
  expect(await routed()).toBe('old')
  expect(await rollout({ ...request, onEvent, resumeAt: 'watching', signal: undefined })).toMatchObject({
    outcome: 'live',
  })
})
