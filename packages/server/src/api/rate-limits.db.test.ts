import { newId } from '@signalbox/core/base/ids.ts'
import { Problem } from '@signalbox/core/contract/views/live.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newSecretToken } from '../auth/secret-token.ts'
import { readConfig } from '../config.ts'
import { insertApiToken } from '../db/tokens.ts'
import { ensureOwner } from '../db/users.ts'

const perMinute = 20
let api: ApiUnderTest
beforeAll(async () => {
  const limits = {
    SIGNALBOX_RATE_LIMIT_PER_MINUTE: String(perMinute),
    SIGNALBOX_BROWSER_RATE_LIMIT_PER_MINUTE: '40',
  }
  api = await apiUnderTest({ config: readConfig({ ...limits, SIGNALBOX_DATA_DIR: '/nonexistent' }) })
})
afterAll(() => api.close())

async function token(): Promise<string> {
  const owner = await ensureOwner(api.deps.db, { id: newId(), name: 'owner' })
  const made = newSecretToken('sbx_')
  await insertApiToken(api.deps.db, { id: newId(), userId: owner.id, name: 'ci', tokenHash: made.hash })
  return made.token
}

const statuses = async (count: number, headers: Record<string, string>): Promise<number[]> => {
  const seen: number[] = []
  for (let index = 0; index < count; index++) {
    const answer = await fetch(`${api.url}/api/projects`, { headers })
    seen.push(answer.status)
    await answer.arrayBuffer()
  }
  return seen
}

it('a token has its own number of requests, and is told when to come back', async () => {
  const authorization = `Bearer ${await token()}`
  const first = await statuses(perMinute + 3, { authorization })
  expect(first.filter((status) => status === 200).length).toBeGreaterThanOrEqual(perMinute)
  expect(first.at(-1)).toBe(429)
  const answer = await fetch(`${api.url}/api/projects`, { headers: { authorization } })
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  const problem = Problem.parse(await answer.json())
  expect(problem).toMatchObject({ code: 'too-many-requests', status: 429 })
  expect(problem.hint).toMatch(/Try again in \d+ s/)
  // Another token is not held back by it.
  expect((await statuses(3, { authorization: `Bearer ${await token()}` })).at(-1)).toBe(200)
})

it('made-up tokens and sessions all count with their address, which a valid token does not', async () => {
  const valid = `Bearer ${await token()}`
  expect(await statuses(1, { authorization: valid })).toEqual([200])
  const seen: number[] = []
  for (let index = 0; index < perMinute + 5; index++) {
    const made: Record<string, string> =
      index % 2 === 1 ? { authorization: `Bearer sbx_${index}` } : { cookie: `signalbox_session=${index}` }
    seen.push(...(await statuses(1, made)))
  }
  expect(seen.at(-1)).toBe(429)
  expect(await statuses(2, { authorization: valid })).toEqual([200, 200])
})

it("this machine's own command line is not limited, and a browser has its own number", async () => {
  const own = await statuses(perMinute * 2, { authorization: `Bearer ${api.token}` })
  expect(new Set(own)).toEqual(new Set([200]))
})

it('an address that is written in another way is counted as well', async () => {
  const seen: number[] = []
  for (let index = 0; index < perMinute + 5; index++) {
    const answer = await fetch(`${api.url}/%61pi/projects`)
    seen.push(answer.status)
    await answer.arrayBuffer()
  }
  expect(seen.at(-1)).toBe(429)
})
