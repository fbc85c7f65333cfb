import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { decideCheck, decideWatch } from './decide-rollout.ts'
import type { DeployTarget, HealthResult, Ingress, ReleaseSpec } from './port.ts'

const checkEveryMs = 100
const watchEveryMs = 500
const checkTimeoutMs = 2_000
const drainMs = 10_000

/**
 * What a rollout is about to do or has seen. Each is awaited before the next side effect; one that is stored
 * is where a worker that takes over resumes: `starting`, `started` → `checking`, `switching` → `watching`,
 * `rolling_back` → `rolling_back`. The end is the returned outcome, to be stored last.
 */
export type RolloutEvent =
  | { type: 'starting' }
  /** The release runs beside the old one; checks begin. */
  | { type: 'started'; socketPath: string }
  /** It is healthy; its traffic is switched as soon as this is stored. */
  | { type: 'switching'; detail: string }
  | { type: 'switched' }
  /** A check during the watch, for the live view. */
  | { type: 'watched'; health: HealthResult; requests: number; errors: number; elapsedMs: number }
  /** It is unhealthy; the traffic goes back as soon as this is stored. */
  | { type: 'rolling_back'; reason: string }
  /** The watch is over; the old release drains and stops. */
  | { type: 'watch_passed' }

export interface RolloutRequest {
  spec: ReleaseSpec
  /** The release that has the traffic now; it is kept running until the watch is over. */
  previous?: ReleaseSpec
  host: string
  target: DeployTarget
  ingress: Ingress
  watchMs: number
  startTimeoutMs: number
  /** Milliseconds; only differences count. */
  now(): number
  onEvent(event: RolloutEvent): Promise<void>
  /** Where a rollout that was cut off goes on; every step before it is made sure of again. */
  resumeAt?: 'starting' | 'checking' | 'watching' | 'rolling_back'
  /** With `rolling_back`: the reason that was stored. */
  resumeReason?: string
  /** Leaves everything as it is and throws Failure `rollout-abandoned`, for a caller that shuts down. */
  signal?: AbortSignal
  /** For tests with a clock of their own. */
  sleep?(ms: number): Promise<void>
}

/** `failed`: it never had the traffic. `rolled_back`: it had it and gave it back. */
export interface RolloutResult {
  outcome: 'live' | 'failed' | 'rolled_back'
  /** In a sentence, for a person. */
  reason: string
}

/**
 * Brings a release out beside the old one: start, check until green, switch, watch, then stop the old one, or
 * go back to it. Every step is idempotent. Throws what the ingress, the target's machine or `onEvent` threw;
 * calling again with `resumeAt` goes on from there. What the release does wrong is a result.
 */
export async function rollout(request: RolloutRequest): Promise<RolloutResult> {
  const at = request.resumeAt ?? 'starting'
  if (at === 'rolling_back')
    return await rollBack(request, request.resumeReason ?? 'The release was unhealthy.')
  const started = await start(request, at)
  if ('reason' in started) {
    // Once it had the traffic, a release that cannot be started again gives it back.
    return at === 'watching'
      ? await rollBack(request, started.reason)
      : await discard(request, started.reason)
  }
  if (at !== 'watching') {
    const checked = await check(request)
    if (checked.next === 'fail') return await discard(request, checked.reason)
    await request.onEvent({ type: 'switching', detail: checked.detail })
  }
  throwIfAbandoned(request)
  await request.ingress.setRoute({
    host: request.host,
    releaseId: request.spec.id,
    socketPath: started.socketPath,
  })
  await request.onEvent({ type: 'switched' })
  const unhealthy = await watch(request)
  if (unhealthy !== undefined) return await rollBack(request, unhealthy)
  await request.onEvent({ type: 'watch_passed' })
  await retire(request, earlier(request))
  return { outcome: 'live', reason: 'It was healthy through its watch.' }
}

async function start(
  request: RolloutRequest,
  at: string,
): Promise<{ socketPath: string } | { reason: string }> {
  throwIfAbandoned(request)
  if (at === 'starting') await request.onEvent({ type: 'starting' })
  try {
    const { socketPath } = await request.target.start(request.spec)
    if (at === 'starting') await request.onEvent({ type: 'started', socketPath })
    return { socketPath }
  } catch (error) {
    if (error instanceof Failure && error.code === 'release-exited') return { reason: error.message }
    throw error
  }
}

async function check(
  request: RolloutRequest,
): Promise<{ next: 'switch'; detail: string } | { next: 'fail'; reason: string }> {
  const { spec, target, startTimeoutMs, now } = request
  const begun = now()
  let successes = 0
  for (;;) {
    const last = await target.check(spec, checkTimeoutMs)
    successes = last.healthy ? successes + 1 : 0
    const state = last.healthy ? 'running' : await target.state(spec.id)
    const decision = decideCheck({ elapsedMs: now() - begun, startTimeoutMs, successes, last, state })
    if (decision.next === 'switch') return { next: 'switch', detail: last.detail }
    if (decision.next === 'fail') return decision
    await pause(request, checkEveryMs)
  }
}

/** Undefined when the watch passed, else why not. */
async function watch(request: RolloutRequest): Promise<string | undefined> {
  const { spec, target, watchMs, now } = request
  const begun = now()
  let failures = 0
  for (;;) {
    const last = await target.check(spec, checkTimeoutMs)
    failures = last.healthy ? 0 : failures + 1
    const state = last.healthy ? 'running' : await target.state(spec.id)
    const counts = await countsOf(request)
    const elapsedMs = now() - begun
    await request.onEvent({ type: 'watched', health: last, ...counts, elapsedMs })
    const decision = decideWatch({ elapsedMs, watchMs, failures, last, state, ...counts })
    if (decision.next === 'pass') return undefined
    if (decision.next === 'roll_back') return decision.reason
    await pause(request, Math.min(watchEveryMs, Math.max(checkEveryMs, watchMs - elapsedMs)))
  }
}

/** An ingress that restarts has no counts for the moment; that is no fault of the release. */
async function countsOf({
  ingress,
  host,
  spec,
}: RolloutRequest): Promise<{ requests: number; errors: number }> {
  const routes = await ingress.routes().catch((error) => {
    if (error instanceof Failure && error.code === 'ingress-down') return []
    throw error
  })
  const route = routes.find((r) => r.host === host && r.releaseId === spec.id)
  return { requests: route?.requests ?? 0, errors: route?.errors ?? 0 }
}

/** It never had the traffic: the old one has not noticed anything. */
async function discard({ target, spec }: RolloutRequest, reason: string): Promise<RolloutResult> {
  await target.stop(spec.id)
  return { outcome: 'failed', reason }
}

async function rollBack(request: RolloutRequest, reason: string): Promise<RolloutResult> {
  const { target, ingress, host, spec } = request
  await request.onEvent({ type: 'rolling_back', reason })
  const previous = earlier(request)
  if (!previous) {
    await ingress.removeRoute(host)
    await target.stop(spec.id)
    return { outcome: 'rolled_back', reason: `${reason} There is no earlier release; nothing is served now.` }
  }
  // It runs as a rule; after a restart of the machine this starts it again.
  const { socketPath } = await target.start(previous)
  await ingress.setRoute({ host, releaseId: previous.id, socketPath })
  await retire(request, spec)
  return { outcome: 'rolled_back', reason }
}

/** Lets a release's open requests end before it is stopped. */
async function retire({ ingress, target }: RolloutRequest, release: ReleaseSpec | undefined): Promise<void> {
  if (!release) return
  await ingress.drained(release.id, drainMs)
  await target.stop(release.id)
}

/** Rolling out what is live already has nothing to go back to and must not stop itself. */
function earlier({ previous, spec }: RolloutRequest): ReleaseSpec | undefined {
  return previous?.id === spec.id ? undefined : previous
}

async function pause(request: RolloutRequest, ms: number): Promise<void> {
  throwIfAbandoned(request)
  await (request.sleep ? request.sleep(ms) : delay(ms))
  throwIfAbandoned(request)
}

function throwIfAbandoned({ signal }: RolloutRequest): void {
  if (!signal?.aborted) return
  throw new Failure('rollout-abandoned', 'The rollout was left as it is, to be taken up again.', {
    retryable: true,
  })
}
