import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endUnreadableKeys, publicKeys, signingKey } from '../auth/signing-keys.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

async function apiToken(scopes: string): Promise<{ id: string; token: string }> {
  const made = await (await api.call('POST', '/api/tokens', { body: { name: 'ci', scopes } })).json()
  return { id: made.view.id, token: made.token }
}

async function exchanged(token: string): Promise<string> {
  const answer = await api.call('POST', '/api/token/jwt', bearer(token))
  expect(answer.status).toBe(200)
  return (await answer.json()).token
}

test('is exchanged for a token, is for no more than it, and is verified by the published keys', async () => {
  const { token } = await apiToken('read')
  const jwt = await exchanged(token)
  const keys = createRemoteJWKSet(new URL(`${api.url}/api/auth/jwks`))
  const { payload } = await jwtVerify(jwt, keys, { issuer: 'signalbox', algorithms: ['EdDSA'] })
  expect(Number(payload.exp) - Number(payload.iat)).toBe(15 * 60)
  expect((await api.call('GET', '/api/projects', bearer(jwt))).status).toBe(200)
  const write = await api.call('POST', '/api/projects', { ...bearer(jwt), body: { source: '/x' } })
  expect(write.status).toBe(403)
  expect((await api.call('POST', '/api/token/jwt', bearer(jwt))).status).toBe(403)
  const stored = JSON.stringify(await api.deps.db.selectFrom('signing_keys').selectAll().execute())
  expect(stored).not.toContain('"d"')
  expect(JSON.stringify(await (await fetch(`${api.url}/api/auth/jwks`)).json())).not.toContain('"d"')
})

test('makes neither tokens nor links, also when its token is for everything', async () => {
  const jwt = await exchanged((await apiToken('admin')).token)
  expect((await api.call('GET', '/api/users', bearer(jwt))).status).toBe(200)
  const more = await api.call('POST', '/api/tokens', { ...bearer(jwt), body: { name: 'more' } })
  expect(more.status).toBe(403)
  expect((await api.call('POST', '/api/login-tokens', bearer(jwt))).status).toBe(403)
})

test('ends with what it was exchanged for, and is refused when a byte or the algorithm is another', async () => {
  const { id, token } = await apiToken('read')
  const jwt = await exchanged(token)
  const [head = '', body = '', signature = ''] = jwt.split('.')
  const other = Buffer.from(JSON.stringify({ ...JSON.parse(atob(body)), sub: id })).toString('base64url')
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
  for (const forged of [`${head}.${other}.${signature}`, `${none}.${body}.`, `${head}.${body}.AAAA`]) {
    expect((await api.call('GET', '/api/projects', bearer(forged))).status).toBe(401)
  }
  expect((await api.call('GET', '/api/projects', bearer(jwt))).status).toBe(200)
  expect((await api.call('DELETE', `/api/tokens/${id}`)).status).toBe(200)
  expect((await api.call('GET', '/api/projects', bearer(jwt))).status).toBe(401)
})

test('keys sign for 30 days; the one before is accepted for as long again, and no third', async () => {
  const later = (days: number) => {
    const at = new Date(Date.now() + days * 24 * 60 * 60_000)
    return { ...api.deps, clock: { ...api.deps.clock, now: () => at } }
  }
  const first = decodeProtectedHeader(await exchanged((await apiToken('read')).token)).kid
  expect((await signingKey(later(29))).id).toBe(first)
  const second = (await signingKey(later(31))).id
  expect(second).not.toBe(first)
  expect((await publicKeys(later(31))).keys.map(({ kid }) => kid)).toEqual([second, first])
  const third = (await signingKey(later(62))).id
  expect((await publicKeys(later(62))).keys.map(({ kid }) => kid)).toEqual([third, second])
})

test('a lost auth-key ends the keys that it sealed, with their JWTs, and a new key signs', async () => {
  await api.deps.db.deleteFrom('signing_keys').execute()
  const { token } = await apiToken('read')
  const before = await exchanged(token)
  expect((await api.call('GET', '/api/projects', bearer(before))).status).toBe(200)
  const kid = decodeProtectedHeader(before).kid
  const lost = { ...api.deps, authSecret: 'another key than the one that was in the data folder' }
  const ended = await Promise.all([endUnreadableKeys(lost), endUnreadableKeys(lost)])
  expect(ended.toSorted()).toEqual([0, 1])
  expect(await endUnreadableKeys(lost)).toBe(0)
  expect((await api.call('GET', '/api/projects', bearer(before))).status).toBe(401)
  const rows = await api.deps.db
    .selectFrom('audit_log')
    .selectAll()
    .where('action', '=', 'endSigningKeys')
    .execute()
  expect(rows).toMatchObject([{ outcome: 'done', via: 'nobody', before: { keys: [kid] } }])
  // Whoever signs with yet another key ends that one as well, and goes on.
  const other = (await signingKey(lost)).id
  expect((await signingKey(lost)).id).toBe(other)
  const after = await exchanged(token)
  expect(decodeProtectedHeader(after).kid).not.toBe(other)
  expect((await api.call('GET', '/api/projects', bearer(after))).status).toBe(200)
})
