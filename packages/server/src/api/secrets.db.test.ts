import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())

const canary = 'canary-7f3a-never-shown'

test('takes values in, and gives out everything but them', async () => {
  const { project } = await seedProject(api.deps.db)
  const path = `/api/projects/${project.slug}/secrets`
  const answers: string[] = []
  const set = async (body: unknown) => {
    const answer = await api.call('POST', path, { body })
    answers.push(await answer.text())
    return answer.status
  }
  expect(await set({ items: [{ name: 'api_key', value: canary }] })).toBe(200)
  expect(await set({ environment: 'production', items: [{ name: 'API_KEY', value: `${canary}2` }] })).toBe(
    200,
  )
  expect(await set({ items: [{ name: 'API_KEY', value: `${canary}3` }] })).toBe(200)
  const list = await api.call('GET', path)
  const text = await list.text()
  answers.push(text)
  expect(JSON.parse(text)).toMatchObject({
    environments: ['production'],
    items: [
      { name: 'API_KEY', environment: '', version: 2, updatedBy: 'owner', lastUsedAt: null },
      { name: 'API_KEY', environment: 'production', version: 1 },
    ],
  })
  for (const name of ['GITHUB_TOKEN', '1A', 'A-B', 'A B', '', 'SIGNALBOX_X']) {
    expect(await set({ items: [{ name, value: canary }] })).toBe(400)
  }
  expect(await set({ items: [{ name: 'A', value: `${canary}\0` }] })).toBe(400)
  expect(await set({ items: [{ name: 'A', value: canary.repeat(3000) }] })).toBe(400)
  expect((await api.call('DELETE', `${path}/API_KEY?environment=production`)).status).toBe(200)
  expect((await api.call('DELETE', `${path}/API_KEY?environment=production`)).status).toBe(404)
  const rotated = await api.call('POST', '/api/system/rotate-master-key')
  expect(await rotated.json()).toMatchObject({ rewrapped: 1, resumed: false })
  expect(await api.deps.vault.open({ projectId: project.id, environment: 'production' })).toEqual({
    API_KEY: `${canary}3`,
  })
  for (const said of [...answers, ...api.logged]) expect(said).not.toContain(canary)
})

test('keeps plain variables beside them, which anybody of the project sees', async () => {
  const { project } = await seedProject(api.deps.db)
  const path = `/api/projects/${project.slug}/variables`
  const body = { items: [{ name: 'REGION', value: 'eu-west' }] }
  expect((await api.call('POST', path, { body })).status).toBe(200)
  const list = await api.call('GET', path)
  expect(await list.json()).toMatchObject({ items: [{ name: 'REGION', value: 'eu-west', environment: '' }] })
  expect((await api.call('DELETE', `${path}/region`)).status).toBe(200)
  expect(await (await api.call('GET', path)).json()).toEqual({ items: [] })
})

test('asks for a sign-in and for the token of our page', async () => {
  const { project } = await seedProject(api.deps.db)
  const path = `/api/projects/${project.slug}/secrets`
  expect((await fetch(`${api.url}${path}`)).status).toBe(401)
  const { cookie } = await api.signIn()
  const refused = await fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ name: 'A', value: canary }] }),
  })
  expect(refused.status).toBe(403)
})
