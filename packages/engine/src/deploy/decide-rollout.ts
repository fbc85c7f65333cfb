import type { HealthResult } from './port.ts'

/** Answers in a row that make a started release worth the traffic: one may come before the start is over. */
export const greenChecks = 2
/** Failed checks in a row during the watch that send the traffic back; fewer may be a restart. */
export const redChecks = 3
/** Errors count only among this many requests or more: one of three says nothing. */
export const errorSample = 20
export const errorShare = 0.05

/** What is known of a release that is started and has no traffic yet. */
export interface Checked {
  elapsedMs: number
  startTimeoutMs: number
  /** Healthy answers in a row up to now. */
  successes: number
  last: HealthResult
  state: 'running' | 'stopped' | 'missing'
}

/** What is known of a release that has the traffic. */
export interface Watched {
  elapsedMs: number
  watchMs: number
  /** Failed checks in a row up to now. */
  failures: number
  last: HealthResult
  state: 'running' | 'stopped' | 'missing'
  /** Of the release's route, since it was set. */
  requests: number
  errors: number
}

export type CheckDecision = { next: 'switch' | 'wait' } | { next: 'fail'; reason: string }
export type WatchDecision = { next: 'pass' | 'wait' } | { next: 'roll_back'; reason: string }

/** May the started release take the traffic? A release that has exited is never waited for. */
export function decideCheck(c: Checked): CheckDecision {
  if (c.state !== 'running')
    return { next: 'fail', reason: `The release exited before it was healthy (${c.last.detail}).` }
  if (c.successes >= greenChecks) return { next: 'switch' }
  if (c.elapsedMs < c.startTimeoutMs) return { next: 'wait' }
  return {
    next: 'fail',
    reason: `The release was not healthy within ${seconds(c.startTimeoutMs)}: ${c.last.detail}.`,
  }
}

/** May the release keep the traffic? The watch passes only on a healthy check. */
export function decideWatch(w: Watched): WatchDecision {
  if (w.state !== 'running')
    return { next: 'roll_back', reason: `The release exited ${after(w)} (${w.last.detail}).` }
  if (w.failures >= redChecks) {
    return {
      next: 'roll_back',
      reason: `${w.failures} health checks in a row failed ${after(w)}: ${w.last.detail}.`,
    }
  }
  if (w.requests >= errorSample && w.errors >= w.requests * errorShare) {
    const percent = Math.round((w.errors / w.requests) * 100)
    return {
      next: 'roll_back',
      reason: `${w.errors} of ${w.requests} requests (${percent} %) were errors ${after(w)}.`,
    }
  }
  return { next: w.elapsedMs >= w.watchMs && w.failures === 0 ? 'pass' : 'wait' }
}

function after(w: Watched): string {
  return `${seconds(w.elapsedMs)} after it took the traffic`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
}
