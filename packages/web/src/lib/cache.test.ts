import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import { expect, test, vi } from 'vitest'
import { createCache, createRenewal, keysFor } from './cache.ts'

const nothing = {
  id: 1,
  at: '',
  projectId: null,
  changeId: null,
  runId: null,
  jobId: null,
  deploymentId: null,
  data: {},
}

function event(part: Partial<LiveEvent>): LiveEvent {
  return { ...nothing, type: 'change.created', ...part }
}

test('a step makes old only its run', () => {
  expect(keysFor(event({ type: 'step.started', runId: 'r', changeId: 'c' }))).toEqual([['run', 'r']])
})

test('a change makes old itself, its diff and the lists', () => {
  const keys = keysFor(event({ type: 'change.merged', changeId: 'c' }))
  for (const key of [['change', 'c'], ['diff', 'c'], ['comments', 'c'], ['projects'], ['changes']]) {
    expect(keys).toContainEqual(key)
  }
})

test('a comment makes old the comments of its change only', () => {
  expect(keysFor(event({ type: 'comment.added', changeId: 'c' }))).toEqual([['comments', 'c']])
})

test('a deployment makes old the environments and the cards', () => {
  const keys = keysFor(event({ type: 'deployment.live', deploymentId: 'd', changeId: 'c' }))
  expect(keys).toContainEqual(['deployments'])
  expect(keys).toContainEqual(['projects'])
})

test('what an agent says makes old only its change, at most four times a second', async () => {
  const said = event({ type: 'agent_run.said', changeId: 'c' })
  expect(keysFor(said)).toEqual([['change', 'c']])
  vi.useFakeTimers()
  const cache = createCache()
  const renew = vi.spyOn(cache, 'invalidateQueries')
  const renewal = createRenewal(cache, 10)
  for (let n = 0; n < 20; n += 1) {
    renewal.take(said)
    await vi.advanceTimersByTimeAsync(50)
  }
  await vi.advanceTimersByTimeAsync(300)
  expect(renew).toHaveBeenCalledTimes(4)
  renewal.take(said)
  renewal.take(event({ type: 'change.merged', changeId: 'c' }))
  await vi.advanceTimersByTimeAsync(20)
  expect(renew).toHaveBeenCalledWith({ queryKey: ['diff', 'c'] })
  cache.clear()
  vi.useRealTimers()
})

test('a key that is being fetched is renewed afterwards, not cancelled and not forgotten', async () => {
  vi.useFakeTimers()
  const cache = createCache()
  let finish = (_: string) => {}
  const answers = ['old', 'new']
  const queryFn = vi.fn(() => new Promise<string>((resolve) => (finish = resolve)))
  const unsubscribe = cache.getQueryCache().subscribe(() => {})
  const first = cache.fetchQuery({ queryKey: ['run', 'r'], queryFn })
  const renewal = createRenewal(cache, 10)
  renewal.take(event({ type: 'run.started', runId: 'r' }))
  await vi.advanceTimersByTimeAsync(50)
  expect(cache.getQueryState(['run', 'r'])?.isInvalidated).toBe(false)
  finish(answers[0] ?? '')
  expect(await first).toBe('old')
  await vi.advanceTimersByTimeAsync(50)
  expect(cache.getQueryState(['run', 'r'])?.isInvalidated).toBe(true)
  unsubscribe()
  cache.clear()
  vi.useRealTimers()
})
