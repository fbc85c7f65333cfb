import { systemClock } from '@signalbox/core/base/clock.ts'
import { routes } from '@signalbox/core/contract/routes.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { z } from 'zod'
import { moveChange } from '../db/state.ts'
import { tellPeople } from '../flows/tell-people.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())

async function ask<T>(method: string, path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
  const answer = await api.call(method, path, body === undefined ? {} : { body })
  const text: unknown = await answer.json()
  expect(answer.status, JSON.stringify(text)).toBe(200)
  return schema.parse(text)
}

async function stuckChange(): Promise<string> {
  const { change } = await seedProject(api.deps.db)
  const event = { type: 'agent_failed', reason: 'It gave up.' } as const
  await moveChange(api.deps.db, { id: change.id, fence: change.fence, event, now: new Date() })
  const log = pino({ level: 'silent' })
  while (await tellPeople({ db: api.deps.db, clock: systemClock, log })) {
    // The next batch.
  }
  return change.id
}

it('shows what waits, the longest first, and what is unread; marks one and all as read and back', async () => {
  const first = await stuckChange()
  const second = await stuckChange()
  const inbox = await ask('GET', '/api/inbox', routes.getInbox.response)
  expect(inbox.waiting.map((change) => change.id)).toEqual([first, second])
  expect(inbox.unread).toBe(2)

  const list = () => ask('GET', '/api/notifications?unread=true', routes.listNotifications.response)
  const { items } = await list()
  expect(items.map((item) => item.changeId)).toEqual([second, first])
  const newest = items[0]?.id ?? 0
  const mark = (body: unknown) =>
    ask('POST', '/api/notifications/read', routes.markNotifications.response, body)
  expect(await mark({ ids: [newest] })).toEqual({ unread: 1 })
  expect(await mark({ ids: [newest], read: false })).toEqual({ unread: 2 })
  expect(await mark({ upTo: newest })).toEqual({ unread: 0 })
  expect((await list()).items).toEqual([])
})

it('pages through notifications', async () => {
  await stuckChange()
  await stuckChange()
  const page = await ask('GET', '/api/notifications?limit=1', routes.listNotifications.response)
  expect(page.items).toHaveLength(1)
  const next = await ask(
    'GET',
    `/api/notifications?limit=1&before=${page.next}`,
    routes.listNotifications.response,
  )
  expect(next.items[0]?.id).toBeLessThan(page.items[0]?.id ?? 0)
})

it('keeps what a person wants to be told', async () => {
  const path = '/api/notifications/preferences'
  const schema = routes.getNotificationPreferences.response
  expect(await ask('GET', path, schema)).toEqual({ muted: [], mineOnly: false })
  await ask('PATCH', path, schema, { muted: ['merged'], mineOnly: true })
  expect(await ask('GET', path, schema)).toEqual({ muted: ['merged'], mineOnly: true })
  await ask('PATCH', path, schema, { muted: [], mineOnly: false })
})

it('finds projects by words, changes by words and number, and nothing by a pattern', async () => {
  const { project, change } = await seedProject(api.deps.db)
  const search = (q: string) => ask('GET', `/api/search?q=${encodeURIComponent(q)}`, routes.search.response)
  const bySlug = await search(project.slug)
  expect(bySlug.items).toEqual([expect.objectContaining({ kind: 'project', id: project.id })])
  const byWords = await search('GOAL a')
  expect(byWords.items).toContainEqual({
    kind: 'change',
    id: change.id,
    label: `#${change.number} A goal`,
    projectSlug: project.slug,
    state: 'working',
  })
  const byNumber = await search(`#${change.number}`)
  expect(byNumber.items.map((item) => item.id)).toContain(change.id)
  expect((await search('%')).items).toEqual([])
  expect((await search('_ goal')).items).toEqual([])
})
