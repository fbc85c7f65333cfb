import { once } from 'node:events'
import { newId } from '@signalbox/core/base/ids.ts'
import { liveCloseCodes as closeCodes } from '@signalbox/core/contract/live-close-codes.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { hashToken, newSecretToken } from '../auth/secret-token.ts'
import { insertApiToken } from '../db/tokens.ts'
import { insertUser } from '../db/users.ts'
import { appendEvent } from '../events/append.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())

async function person(): Promise<{ id: string; token: string }> {
  const user = await insertUser(api.deps.db, { id: newId(), name: 'Ada', role: 'user' })
  const { token } = newSecretToken('sbx_')
  const row = { id: newId(), userId: user.id, name: 'test', tokenHash: hashToken(token) }
  await insertApiToken(api.deps.db, row)
  return { id: user.id, token }
}

async function live(token: string): Promise<{ socket: WebSocket; projects: (string | null)[] }> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/live`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const projects: (string | null)[] = []
  const ready = Promise.withResolvers<void>()
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.type === 'ready') ready.resolve()
    if (message.type === 'event') projects.push(message.event.projectId)
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'events' }))
  await ready.promise
  return { socket, projects }
}

test('a member hears of their project only, and loses the line at once with the membership', async () => {
  const ours = (await seedProject(api.deps.db)).project
  const theirs = (await seedProject(api.deps.db)).project
  const { id, token } = await person()
  const path = `/api/projects/${ours.slug}/members`
  const add = { body: { userId: id, role: 'viewer' } }
  expect((await api.call('POST', path, add)).status).toBe(200)
  const { socket, projects } = await live(token)
  const closed = once(socket, 'close')
  await api.deps.db.transaction().execute(async (tx) => {
    await appendEvent(tx, { type: 'project.updated', projectId: theirs.id })
    await appendEvent(tx, { type: 'project.updated', projectId: ours.id })
  })
  await expect.poll(() => projects).toContain(ours.id)
  expect((await api.call('DELETE', `${path}/${id}`)).status).toBe(200)
  const [code] = await closed
  expect(code).toBe(closeCodes.accessChanged)
  expect(projects).not.toContain(theirs.id)
  const headers = { authorization: `Bearer ${token}` }
  expect((await api.call('GET', `/api/projects/${ours.slug}`, { headers })).status).toBe(404)
})

test('a disabled person is signed out of what they have open', async () => {
  const { id, token } = await person()
  const { socket } = await live(token)
  const closed = once(socket, 'close')
  await api.call('PATCH', `/api/users/${id}`, { body: { disabled: true } })
  const [code] = await closed
  expect(code).toBe(closeCodes.signedOut)
})

test('pages of listed origins may call with a token, others and cookies may not', async () => {
  const config = { ...api.deps.config, corsOrigins: ['https://tool.example'] }
  const open = await apiUnderTest({ config })
  try {
    const from = (origin: string, more: Record<string, string> = {}) =>
      fetch(`${open.url}/api/session`, {
        headers: { origin, authorization: `Bearer ${open.token}`, ...more },
      })
    const answer = await from('https://tool.example')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://tool.example')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect((await from('https://evil.example')).status).toBe(403)
    expect((await from('https://tool.example', { cookie: 'signalbox_session=x' })).status).toBe(403)
    expect(
      (await fetch(`${api.url}/api/session`, { headers: { origin: 'https://tool.example' } })).status,
    ).toBe(403)
  } finally {
    await open.close()
  }
})

test('a token for less than everything gives nobody a role, not even its own person’s', async () => {
  const made = await api.call('POST', '/api/tokens', {
    body: { name: 'keeper', scopes: ['user.read', 'user.write'] },
  })
  const { token } = await made.json()
  expect(made.status, JSON.stringify(token)).toBe(200)
  const { id } = await person()
  const headers = { authorization: `Bearer ${token}` }
  const asked = (body: unknown) => api.call('PATCH', `/api/users/${id}`, { body, headers })
  expect((await asked({ role: 'owner' })).status).toBe(403)
  expect((await asked({ disabled: true })).status).toBe(200)
})
