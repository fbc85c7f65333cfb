import { statSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { permissions, type Route } from '@signalbox/core/contract/routes/route.ts'
import { routes } from '@signalbox/core/contract/routes.ts'
import { Problem } from '@signalbox/core/contract/views/live.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueLoginToken } from '../auth/sign-in.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())

const json = { 'content-type': 'application/json' }
const someId = '01890000-0000-7000-8000-000000000000'

function concrete(path: string): string {
  return path.replace(/:[a-z]+/g, someId)
}

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  const body = Problem.parse(await response.json())
  expect(body.status).toBe(response.status)
  return body
}

function exchange(token: string): Promise<Response> {
  return fetch(`${api.url}/api/session`, { method: 'POST', headers: json, body: JSON.stringify({ token }) })
}

/** fetch refuses to set Host; node's own client does not. */
async function statusWith(headers: Record<string, string>, path = '/health'): Promise<number> {
  const answer = await answerTo(headers, path)
  answer.resume()
  return answer.statusCode ?? 0
}

async function bodyWith(headers: Record<string, string>): Promise<string> {
  return Buffer.concat(await (await answerTo(headers, '/health')).toArray()).toString()
}

function answerTo(headers: Record<string, string>, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = httpRequest({ host: '127.0.0.1', port: api.port, path, headers, setHost: false }, resolve)
    call.on('error', reject)
    call.end()
  })
}

describe('signing in', () => {
  it('takes a token once, also of two at the same time, and sets a strict cookie', async () => {
    const { token, url } = await issueLoginToken(api.deps, { port: 3000 })
    expect(url).toBe(`http://127.0.0.1:3000/#token=${token}`)
    const both = await Promise.all([exchange(token), exchange(token)])
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 401])
    const cookie = both.find((answer) => answer.ok)?.headers.get('set-cookie') ?? ''
    for (const part of ['signalbox_session=', 'HttpOnly', 'SameSite=Strict', 'Path=/']) {
      expect(cookie).toContain(part)
    }
    expect((await problemOf(await exchange(token))).code).toBe('invalid-token')
  })

  it('refuses an expired token', async () => {
    const past = { db: api.deps.db, clock: { now: () => new Date(Date.now() - 601_000) } }
    const { token } = await issueLoginToken(past, { port: 3000 })
    expect((await exchange(token)).status).toBe(401)
  })

  it('stores neither tokens nor sessions as they are, and logs none', async () => {
    const { token } = await issueLoginToken(api.deps, { port: 3000 })
    const { cookie } = await api.signIn()
    const secret = cookie.split('=')[1] ?? 'none'
    const stored = await Promise.all([
      api.deps.db.selectFrom('login_tokens').selectAll().execute(),
      api.deps.db.selectFrom('sessions').selectAll().execute(),
      api.deps.db.selectFrom('api_tokens').selectAll().execute(),
    ])
    const text = JSON.stringify(stored, (_key, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    )
    for (const hidden of [token, secret, api.token]) {
      expect(text).not.toContain(hidden)
      expect(api.logged.join('')).not.toContain(hidden)
    }
  })

  it('ends a session for good', async () => {
    const { cookie, csrf } = await api.signIn()
    const headers = { cookie, 'x-csrf-token': csrf }
    expect((await fetch(`${api.url}/api/session`, { headers })).status).toBe(200)
    const out = await fetch(`${api.url}/api/session`, { method: 'DELETE', headers })
    expect(out.status).toBe(200)
    expect((await fetch(`${api.url}/api/session`, { headers })).status).toBe(401)
  })

  it('keeps the CLI token to its owner', () => {
    const file = join(api.deps.config.dataDir, 'cli-token')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('slows down whoever guesses', async () => {
    const statuses = new Set<number>()
    for (let n = 0; n < 30; n++) statuses.add((await exchange('guess')).status)
    expect([...statuses]).toEqual([401, 429])
  })
})

describe('every route', () => {
  const guarded: [string, Route][] = Object.entries(routes).filter(
    ([, route]) => route.permission !== 'public',
  )

  it('names a permission that exists', () => {
    for (const route of Object.values(routes)) expect(permissions).toContain(route.permission)
    // Health, signing in, the public keys of signed tokens, and what an OpenID Connect issuer publishes (two).
    expect(guarded.length).toBe(Object.keys(routes).length - 5)
  })

  it.each<[string, Route]>(guarded)('%s refuses whoever is not signed in', async (_name, route) => {
    const nobody: Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong' },
      { cookie: 'signalbox_session=wrong' },
    ]
    for (const headers of nobody) {
      const answer = await fetch(`${api.url}${concrete(route.path)}`, { method: route.method, headers })
      expect(answer.status).toBe(401)
      expect((await problemOf(answer)).code).toBe('not-signed-in')
    }
  })

  it.each<[string, Route]>(guarded.filter(([, route]) => route.method !== 'GET'))(
    '%s refuses a browser without CSRF token',
    async (_name, route) => {
      const { cookie, csrf } = await oneSession()
      for (const token of [undefined, '', 'wrong', `${csrf}x`]) {
        const headers: Record<string, string> = { cookie }
        if (token !== undefined) headers['x-csrf-token'] = token
        const answer = await fetch(`${api.url}${concrete(route.path)}`, { method: route.method, headers })
        expect(answer.status).toBe(403)
        expect((await problemOf(answer)).code).toBe('csrf-token')
      }
    },
  )

  let session: Promise<{ cookie: string; csrf: string }> | undefined
  function oneSession() {
    session ??= (async () => {
      // The limit on sign-in attempts may be used up by now: open the session where the API would.
      const { openSession } = await import('../auth/sign-in.ts')
      const login = await issueLoginToken(api.deps, { port: 1 })
      const opened = await openSession(api.deps, { loginToken: login.token, userAgent: 'test' })
      return { cookie: `signalbox_session=${encodeURIComponent(opened.cookie)}`, csrf: opened.csrfToken }
    })()
    return session
  }

  it('a wrong bearer token never falls back to a good cookie', async () => {
    const { cookie } = await oneSession()
    const headers = { cookie, authorization: 'Bearer wrong' }
    expect((await fetch(`${api.url}/api/session`, { headers })).status).toBe(401)
  })

  it('a browser with its CSRF token may write', async () => {
    const { cookie, csrf } = await oneSession()
    const { project, change } = await seedProject(api.deps.db)
    api.flow.createChange = async () => ({ changeId: change.id })
    const answer = await fetch(`${api.url}/api/projects/${project.slug}/changes`, {
      method: 'POST',
      headers: { ...json, cookie, 'x-csrf-token': csrf },
      body: JSON.stringify({ goal: ' Do it. ' }),
    })
    expect(answer.status).toBe(200)
    expect(api.calls.at(-1)).toMatchObject({
      name: 'createChange',
      input: { projectId: project.id, goal: 'Do it.', mode: 'auto' },
    })
    expect(api.calls.at(-1)?.userId).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('other sites', () => {
  it.each([
    ['127.0.0.1', 200],
    ['localhost:3000', 200],
    ['[::1]:3000', 200],
    ['box.example', 200],
    ['BOX.example:8080', 200],
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost@evil.example', 421],
    ['', 421],
  ])('Host %j answers %i', async (host, status) => {
    expect(await statusWith({ host })).toBe(status)
  })

  it.each([
    ['192.0.2.7:3000', 'SIGNALBOX_PUBLIC_URL=http://192.0.2.7:3000'],
    ['box"><script>', 'On the machine itself use http://127.0.0.1 with the port of Signalbox.'],
  ])('Host %j is told what to set, and never repeated when it is no host', async (host, hint) => {
    const body = await bodyWith({ host })
    expect(JSON.parse(body)).toMatchObject({ hint: expect.stringContaining(hint) })
    expect(body).not.toContain('script')
  })

  it.each([
    ['http://evil.example', 403],
    ['null', 403],
    ['http://127.0.0.1:1', 403],
    ['http://localhost', 403],
    ['http://127.0.0.1', 200],
  ])('Origin %j on Host 127.0.0.1 answers %i', async (origin, status) => {
    expect(await statusWith({ host: '127.0.0.1', origin })).toBe(status)
  })

  it('is refused on pages, docs and git as well', async () => {
    for (const path of ['/', '/api/docs/', '/api/openapi.json', '/git/x.git/info/refs', '/nothing']) {
      expect(await statusWith({ host: 'evil.example' }, path)).toBe(421)
    }
  })
})
