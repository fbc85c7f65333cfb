import { expect, it } from 'vitest'
import type { Concurrency } from '../workflow/model.ts'
import { enterGroup, type GroupMember, groupWish, mostWaiting } from './enter-group.ts'

const start = { line: 1, column: 1 }
const wish = (group: string, more: Partial<Concurrency> & { cancel?: string } = {}): Concurrency => ({
  group: { source: group, start },
  queue: more.queue ?? 'single',
  ...(more.cancel !== undefined && { cancelInProgress: { source: more.cancel, start } }),
  start,
})
const holder: GroupMember<string> = { id: 'holder', holds: true }
const waiting = (id: string, more: Partial<GroupMember<string>> = {}) => ({ id, holds: false, ...more })
const single = { cancelInProgress: false, queue: 'single' } as const

it('a name is the same whatever its case, and its expressions are read', () => {
  const github = { ref: 'refs/heads/Main' }
  expect(groupWish(wish('Deploy-${{ github.ref }}'), { github })).toEqual({
    group: 'Deploy-refs/heads/Main',
    key: 'deploy-refs/heads/main',
    cancelInProgress: false,
    queue: 'single',
  })
})

it('a name that comes to nothing is no group', () => {
  expect(groupWish(wish('${{ github.head_ref }}'), { github: {} })).toBeUndefined()
})

it('whether to cancel may be an expression, and must come to true or false', () => {
  const asked = wish('a', { cancel: '${{ github.ref }}' })
  expect(groupWish(asked, { github: { ref: 'true' } })).toMatchObject({ cancelInProgress: true })
  expect(groupWish(asked, { github: { ref: 'false' } })).toMatchObject({ cancelInProgress: false })
  expect(() => groupWish(asked, { github: { ref: 'x' } })).toThrow(
    'cancel-in-progress is true or false, not x',
  )
  const both = wish('a', { cancel: '${{ github.ref }}', queue: 'max' })
  expect(() => groupWish(both, { github: { ref: 'true' } })).toThrow('exclude each other')
})

it('the first holds, the second waits, the third takes the place of the second', () => {
  expect(enterGroup([], single)).toEqual({ state: 'holds', cancel: [], replace: [] })
  expect(enterGroup([holder], single)).toEqual({ state: 'waits', cancel: [], replace: [] })
  expect(enterGroup([holder, waiting('b')], single)).toEqual({ state: 'waits', cancel: [], replace: ['b'] })
})

it('with cancel-in-progress the holder is cancelled as well as who waits', () => {
  const entry = enterGroup([holder, waiting('b')], { cancelInProgress: true, queue: 'single' })
  expect(entry).toEqual({ state: 'waits', cancel: ['holder'], replace: ['b'] })
})

it('with queue: max a hundred wait, and the next is turned away', () => {
  const max = { cancelInProgress: false, queue: 'max' } as const
  const some = Array.from({ length: mostWaiting - 1 }, (_, at) => waiting(`w${at}`))
  expect(enterGroup([holder, ...some], max)).toEqual({ state: 'waits', cancel: [], replace: [] })
  expect(enterGroup([holder, ...some, waiting('last')], max).state).toBe('refused')
})

it('who is not trusted ends nobody who is, and waits beside them', () => {
  const members = [{ ...holder, protected: true }, waiting('b', { protected: true }), waiting('c')]
  expect(enterGroup(members, { cancelInProgress: true, queue: 'single' })).toEqual({
    state: 'waits',
    cancel: [],
    replace: ['c'],
  })
})
