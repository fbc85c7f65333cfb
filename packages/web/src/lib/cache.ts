import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import { QueryCache, QueryClient, type QueryKey } from '@tanstack/react-query'
import { ApiProblem } from './problem.ts'

/** The one cache of the page. Data is kept fresh by events, so nothing is fetched again by age or focus. */
export function createCache(): QueryClient {
  const cache: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      // Signed out meanwhile: asking who is signed in brings the sign-in page.
      onError: (error, query) => {
        if (!(error instanceof ApiProblem) || error.problem.status !== 401) return
        if (query.queryKey[0] !== 'session') void cache.invalidateQueries({ queryKey: ['session'] })
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
        retry: (count, error) => count < 2 && error instanceof ApiProblem && error.problem.status >= 502,
        retryDelay: (attempt) => 400 * 2 ** attempt,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
  return cache
}

const listTypes = ['change.', 'project.', 'deployment.', 'run.completed', 'release.', 'pull_request.']

/** Which cached answers an event makes old. Steps and jobs move only their run; the rest also moves lists. */
export function keysFor(event: LiveEvent): QueryKey[] {
  const keys: QueryKey[] = []
  if (event.type === 'access.changed') return [['session'], ['projects'], ['users'], ['members'], ['account']]
  const fine = event.type.startsWith('step.') || event.type.startsWith('job.')
  if (event.runId) keys.push(['run', event.runId])
  if (event.changeId && event.type.startsWith('comment.')) return [['comments', event.changeId]]
  if (event.changeId && !event.type.startsWith('step.')) keys.push(['change', event.changeId])
  if (event.changeId && /^(change|pull_request)\./.test(event.type)) {
    keys.push(['diff', event.changeId], ['comments', event.changeId])
  }
  if (event.deploymentId || event.type.startsWith('deployment.')) keys.push(['deployments'])
  if (event.type.startsWith('run.')) keys.push(['runs'])
  if (event.type === 'inbox.changed' || /^(change|project)\./.test(event.type)) keys.push(['inbox'])
  if (event.type.startsWith('project.')) keys.push(['project'])
  if (/^(worker|ingress|system)\./.test(event.type)) keys.push(['system'])
  if (!fine && listTypes.some((type) => event.type.startsWith(type))) keys.push(['projects'], ['changes'])
  return keys
}

/** An agent may say much in a second; the whole conversation is read again, so not for each of its words. */
const saidWaitMs = 250

/**
 * Gathers the keys of events and renews them together, `waitMs` after the first. A key that is being fetched
 * is left for the next round: cancelling it under a stream of events would never let it finish.
 */
export function createRenewal(cache: QueryClient, waitMs = 60) {
  const pending = new Map<string, QueryKey>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueMs = Number.POSITIVE_INFINITY
  function schedule(ms: number) {
    const at = Date.now() + ms
    if (at >= dueMs) return
    clearTimeout(timer)
    dueMs = at
    timer = setTimeout(flush, ms)
  }
  function flush() {
    dueMs = Number.POSITIVE_INFINITY
    for (const [name, queryKey] of pending) {
      if (cache.isFetching({ queryKey }) > 0) continue
      pending.delete(name)
      void cache.invalidateQueries({ queryKey })
    }
    if (pending.size > 0) schedule(waitMs)
  }
  return {
    take(event: LiveEvent) {
      for (const key of keysFor(event)) pending.set(JSON.stringify(key), key)
      if (pending.size > 0) schedule(event.type === 'agent_run.said' ? saidWaitMs : waitMs)
    },
    all() {
      void cache.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
    },
  }
}
