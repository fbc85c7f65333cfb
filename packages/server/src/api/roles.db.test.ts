import { newId } from '@signalbox/core/base/ids.ts'
import { isAtLeast, needs, type ProjectRole, projectRoles } from '@signalbox/core/contract/roles.ts'
import type { Route } from '@signalbox/core/contract/routes/route.ts'
import { routes } from '@signalbox/core/contract/routes.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashToken, newSecretToken } from '../auth/secret-token.ts'
import { setMember } from '../db/members.ts'
import { insertSnapshot } from '../db/snapshots.ts'
import { insertApiToken } from '../db/tokens.ts'
import { insertUser } from '../db/users.ts'

let api: ApiUnderTest
/** By kind of parameter: a thing of the project, and one of a project that nobody here is a member of. */
let ours: Record<string, string>
let theirs: Record<string, string>
const tokens = new Map<string, string>()

beforeAll(async () => {
  api = await apiUnderTest()
  ours = await things()
  theirs = await things()
  for (const role of [...projectRoles, 'stranger'] as const) {
    const user = await insertUser(api.deps.db, { id: newId(), name: role, role: 'user' })
    if (role !== 'stranger') {
      await setMember(api.deps.db, { projectId: ours['projectId'] ?? '', userId: user.id, role })
    }
    const { token } = newSecretToken('sbx_')
    await insertApiToken(api.deps.db, {
      id: newId(),
      userId: user.id,
      name: 'test',
      tokenHash: hashToken(token),
    })
    tokens.set(role, token)
  }
})
afterAll(() => api.close())

async function things(): Promise<Record<string, string>> {
  const { db } = api.deps
  const { project, change } = await seedProject(db)
  const { run, job } = await seedClaimedJob(db, project.id, change.id)
  // No deployment is made here: an unknown one is refused by the same answer, and the owner's 404 is the handler's.
  return {
    projectId: project.id,
    project: project.slug,
    change: change.id,
    run: run.id,
    job: job.id,
    deployment: newId(),
  }
}

function paramsOf(path: string): string[] {
  return [...path.matchAll(/:([a-z]+)/gi)].map((match) => match[1] ?? '')
}

async function ask(route: Route, of: Record<string, string>, as: string): Promise<Response> {
  const path = route.path.replace(/:([a-z]+)/gi, (_, name: string) => of[name] ?? newId())
  return await fetch(`${api.url}${path}`, {
    method: route.method,
    headers: { authorization: `Bearer ${tokens.get(as)}` },
  })
}

const inProjects: [string, Route][] = Object.entries(routes).filter(
  ([, route]: [string, Route]) => needs[route.permission].on === 'project' && route.acrossProjects !== true,
)
const owned = ['project', 'change', 'run', 'job', 'deployment']

describe.each<ProjectRole>([...projectRoles])('a %s', (role) => {
  it.each(inProjects)('gets through %s only when the role is enough', async (_name, route) => {
    const need = needs[route.permission]
    if (need.on !== 'project') throw new Error('it is no permission of projects')
    const named = paramsOf(route.path).filter((name) => owned.includes(name))
    const answer = await ask(route, ours, role)
    // A route without anything of a project in it is for those who have every project.
    const enough = named.length > 0 && isAtLeast(role, need.role)
    if (named.includes('deployment')) expect(answer.status).toBe(404)
    else if (enough) expect([401, 403]).not.toContain(answer.status)
    else expect(answer.status).toBe(403)
  })

  it.each(inProjects.filter(([, route]) => paramsOf(route.path).some((name) => owned.includes(name))))(
    'learns nothing of another project by %s',
    async (_name, route) => {
      const unknown = Object.fromEntries(owned.map((name) => [name, newId()]))
      const [there, missing] = await Promise.all([ask(route, theirs, role), ask(route, unknown, role)])
      expect(there.status).toBe(404)
      const { detail: of, code } = await there.json()
      expect(code).toBe('not-found')
      expect(await missing.json()).toMatchObject({ status: 404, detail: of, code })
    },
  )
})

describe('the machine', () => {
  const instance: [string, Route][] = Object.entries(routes).filter(
    ([, route]: [string, Route]) => needs[route.permission].on === 'instance',
  )
  it.each(instance)('%s is not for users', async (_name, route) => {
    for (const as of ['owner', 'stranger']) expect((await ask(route, ours, as)).status).toBe(403)
  })

  it('hides from users where things lie', async () => {
    expect(await (await ask(routes.getSystem, ours, 'stranger')).json()).toMatchObject({ dataDir: '' })
  })
})

describe('lists over several projects', () => {
  it('show members their own and strangers nothing', async () => {
    for (const route of [routes.listProjects, routes.listChanges, routes.listRuns]) {
      const { items } = await (await ask(route, ours, 'viewer')).json()
      expect(items).toHaveLength(1)
      expect(items[0].projectId ?? items[0].id).toBe(ours['projectId'])
      expect(await (await ask(route, ours, 'stranger')).json()).toMatchObject({ items: [] })
    }
  })

  it('count and weigh only the snapshots that a person sees', async () => {
    for (const of of [ours, theirs]) {
      await insertSnapshot(api.deps.db, {
        id: newId(),
        store: 'store',
        projectId: of['projectId'] ?? '',
        changeId: null,
        kind: 'install',
        key: newId(),
        state: 'ready',
        layer: newId(),
        paths: [],
        sizeBytes: 1000,
        command: 'npm ci',
        now: new Date(),
      })
    }
    const kept = async (who: string) => await (await ask(routes.listAllSnapshots, ours, who)).json()
    const own = await kept('viewer')
    expect(own).toMatchObject({ count: 1, totalBytes: 1000, items: [{ projectSlug: ours['project'] }] })
    expect(own.items).toHaveLength(1)
    expect(await kept('stranger')).toEqual({ items: [], count: 0, totalBytes: 0 })
    const all = await (await api.call('GET', '/api/snapshots')).json()
    expect(all).toMatchObject({ count: 2, totalBytes: 2000 })
  })

  it('refuse to be asked for another project', async () => {
    for (const path of ['/api/changes', '/api/runs']) {
      const asked = (of: string) => api.call('GET', `${path}?project=${of}`, { headers: as('viewer') })
      expect((await asked(ours['project'] ?? '')).status).toBe(200)
      expect((await asked(theirs['project'] ?? '')).status).toBe(404)
    }
  })

  it.each([
    ['viewer', 403],
    ['stranger', 404],
  ])('makes no pipeline for a %s: the project stands in the body', async (who, status) => {
    const body = { project: ours['project'], workflow: 'ci.yml' }
    const path = '/api/phase2/pipelines/create'
    expect((await api.call('POST', path, { body, headers: as(who) })).status).toBe(status)
  })

  it('every route that is one says so', () => {
    const lists = Object.entries(routes).filter(([, route]: [string, Route]) => route.acrossProjects)
    expect(lists.map(([name]) => name)).toEqual(
      expect.arrayContaining(['listProjects', 'listChanges', 'listRuns']),
    )
  })
})

function as(who: string): Record<string, string> {
  return { authorization: `Bearer ${tokens.get(who)}` }
}

describe('git', () => {
  it.each([
    // The seeded project has no repository on the disk: who may read gets as far as git, which fails.
    ['viewer', 'git-upload-pack', [502]],
    ['viewer', 'git-receive-pack', [403]],
    ['stranger', 'git-upload-pack', [404]],
    ['stranger', 'git-receive-pack', [404]],
  ])('answers a %s that asks for %s', async (who, service, statuses) => {
    const path = `/git/${ours['project']}.git/info/refs?service=${service}`
    const answer = await fetch(`${api.url}${path}`, { headers: as(who) })
    expect(statuses).toContain(answer.status)
    if (who === 'stranger') expect(await answer.text()).toContain('There is no such repository')
  })
})

describe('tokens', () => {
  async function tokenWith(limits: { scopes?: string[]; projectIds?: string[]; expiresAt?: Date }) {
    const { token, hash } = newSecretToken('sbx_')
    const owner = await insertUser(api.deps.db, { id: newId(), name: 'another owner', role: 'owner' })
    await insertApiToken(api.deps.db, {
      id: newId(),
      userId: owner.id,
      name: 'test',
      tokenHash: hash,
      ...limits,
    })
    return { headers: { authorization: `Bearer ${token}` } }
  }

  it('end when their time is over', async () => {
    const over = await tokenWith({ expiresAt: new Date(Date.now() - 1000) })
    expect((await api.call('GET', '/api/session', over)).status).toBe(401)
    const later = await tokenWith({ expiresAt: new Date(Date.now() + 60_000) })
    expect((await api.call('GET', '/api/session', later)).status).toBe(200)
  })

  it('are for their scopes only', async () => {
    const reader = await tokenWith({ scopes: ['change.read', 'token.write'] })
    expect((await api.call('GET', '/api/changes', reader)).status).toBe(200)
    expect((await api.call('GET', '/api/runs', reader)).status).toBe(403)
    expect((await api.call('GET', '/api/system', reader)).status).toBe(403)
    // It must not become a session, which would be for everything.
    expect((await api.call('POST', '/api/login-tokens', reader)).status).toBe(403)
  })

  it('of an owner limited to a project are for nothing else, the machine included', async () => {
    const limited = await tokenWith({ projectIds: [ours['projectId'] ?? ''] })
    expect((await api.call('GET', `/api/projects/${ours['project']}`, limited)).status).toBe(200)
    expect((await api.call('GET', `/api/projects/${theirs['project']}`, limited)).status).toBe(404)
    const create = { ...limited, body: { source: '/tmp/x' } }
    expect((await api.call('POST', '/api/projects', create)).status).toBe(403)
    expect((await api.call('POST', '/api/login-tokens', limited)).status).toBe(403)
  })
})
