import { createHash } from 'node:crypto'
import { Failure } from '@signalbox/core/base/failure.ts'
import { routes } from '@signalbox/core/contract/routes.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { AuditEntry } from '@signalbox/core/contract/views/audit.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { issueLoginToken } from '../auth/sign-in.ts'
import { updateProject } from '../db/projects.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())

async function audit(query = ''): Promise<AuditEntry[]> {
  const answer = await api.call('GET', `/api/audit${query}`)
  const body: unknown = await answer.json()
  expect(answer.status, JSON.stringify(body)).toBe(200)
  return routes.listAudit.response.parse(body).items
}

it('keeps who changed what from where, with only what changed', async () => {
  const { project } = await seedProject(api.deps.db)
  api.flow.updateProject = async (input) => {
    const settings = ProjectSettings.parse({ ...ProjectSettings.parse(project.settings), autoMerge: true })
    await updateProject(api.deps.db, { id: project.id, fence: input.fence, name: input.name, settings })
  }
  const answer = await api.call('PATCH', `/api/projects/${project.slug}`, {
    body: { fence: project.fence, name: 'Renamed' },
    headers: { 'user-agent': 'a test' },
  })
  expect(answer.status).toBe(200)
  const [entry] = await audit(`?project=${project.slug}`)
  expect(entry).toMatchObject({
    action: 'updateProject',
    via: 'token',
    ip: '127.0.0.1',
    userAgent: 'a test',
    projectId: project.id,
    object: { kind: 'project', id: project.slug },
    asked: { fence: project.fence, name: 'Renamed' },
    before: { name: 'A project', 'settings.autoMerge': false },
    after: { name: 'Renamed', 'settings.autoMerge': true },
    status: 200,
    outcome: 'done',
  })
  expect(entry?.user.name).not.toBe('')
  expect(entry?.requestId).toBe(answer.headers.get('x-request-id'))
})

it('keeps what was refused, and what failed', async () => {
  const { project } = await seedProject(api.deps.db)
  api.flow.deleteProject = async () => {
    throw new Failure('refused', 'Not now.')
  }
  const body = { confirm: project.slug }
  await api.call('DELETE', `/api/projects/${project.slug}`, { body })
  api.flow.deleteProject = async () => {
    throw new TypeError('broken')
  }
  await api.call('DELETE', `/api/projects/${project.slug}`, { body })
  const rows = await audit(`?project=${project.slug}&action=deleteProject`)
  expect(rows.map(({ outcome, status }) => [outcome, status])).toEqual([
    ['failed', 500],
    ['refused', 409],
  ])
})

it('hides secrets, and finds rows by what was asked', async () => {
  await api.call('POST', '/api/session', { body: { token: 'sbx_neverToBeSeen' } })
  const rows = await audit('?action=createSession')
  expect(rows[0]).toMatchObject({ asked: { token: '[hidden]' }, outcome: 'refused' })
  const { rows: found } =
    await sql`select 1 from audit_log where audit_log::text like '%neverToBeSeen%'`.execute(api.deps.db)
  expect(found).toEqual([])
  expect((await audit('?q=createSess')).length).toBeGreaterThan(0)
  expect(await audit('?q=%25%25nothing')).toEqual([])
})

it('names whom a link signed in', async () => {
  const { token } = await issueLoginToken(api.deps, { port: 1 })
  const answer = await fetch(`${api.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  expect(answer.status).toBe(200)
  const { user } = routes.createSession.response.parse(await answer.json())
  const [row] = await audit('?action=createSession')
  expect(row).toMatchObject({ outcome: 'done', via: 'nobody', user: { id: user.id, name: user.name } })
})

it('does nothing that it cannot write down', async () => {
  const { project } = await seedProject(api.deps.db)
  let done = 0
  api.flow.deleteProject = async () => void done++
  await sql`alter table audit_log rename to audit_log_away`.execute(api.deps.db)
  const answer = await api.call('DELETE', `/api/projects/${project.slug}`, {
    body: { confirm: project.slug },
  })
  await sql`alter table audit_log_away rename to audit_log`.execute(api.deps.db)
  expect(answer.status).toBe(500)
  expect(done).toBe(0)
})

it('says done of what is done, also when the end cannot be written down', async () => {
  const { project } = await seedProject(api.deps.db)
  api.flow.deleteProject = async () => {
    await sql`alter table audit_log rename to audit_log_away`.execute(api.deps.db)
  }
  const body = { confirm: project.slug }
  const answer = await api.call('DELETE', `/api/projects/${project.slug}`, { body })
  await sql`alter table audit_log_away rename to audit_log`.execute(api.deps.db)
  expect(answer.status).toBe(200)
  expect((await audit(`?project=${project.slug}`))[0]).toMatchObject({ outcome: 'started' })
})

it('keeps pushes, with the branches that they moved', async () => {
  const { project } = await seedProject(api.deps.db)
  const files = [{ path: 'a', content: Buffer.from('1') }]
  const { head } = await api.deps.forge.initRepository({ projectId: project.id, files, message: 'One' })
  api.flow.startPush = async () => {}
  api.flow.endPush = async () => []
  const zero = '0'.repeat(40)
  const line = (ref: string, to: string) => `${zero} ${to} refs/heads/${ref}\0report-status`
  const packet = (text: string) => (text.length + 4).toString(16).padStart(4, '0') + text
  // An empty pack: the commit is there already.
  const pack = Buffer.concat([Buffer.from('PACK'), Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])])
  const sum = createHash('sha1').update(pack).digest()
  const push = async (ref: string, to: string) => {
    const answer = await fetch(`${api.url}/git/${project.slug}.git/git-receive-pack`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${api.token}`,
        'content-type': 'application/x-git-receive-pack-request',
      },
      body: Buffer.concat([Buffer.from(`${packet(line(ref, to))}0000`), pack, sum]),
    })
    return await answer.text()
  }
  expect(await push('main', head)).toContain('ng refs/heads/main guarded branch')
  expect(await push('work', head)).toContain('ok refs/heads/work')
  expect(await push('gone', '1'.repeat(40))).toContain('ng refs/heads/gone')
  const rows = await audit(`?project=${project.slug}&action=gitPush`)
  expect(rows).toMatchObject([
    { outcome: 'refused', asked: { branches: ['gone'] } },
    { outcome: 'done', via: 'token', ip: '127.0.0.1', before: { work: null }, after: { work: head } },
    {
      outcome: 'refused',
      status: 403,
      via: 'token',
      projectId: project.id,
      asked: { branches: ['main'] },
      before: {},
      after: { code: 'branch-rule' },
    },
  ])
  const [, , refused] = rows
  expect(refused?.user.name).not.toBe('')
  expect(JSON.stringify(refused?.after)).toContain('refs/heads/main: guarded branch')
})

it('reads leave no row', async () => {
  const before = (await audit())[0]?.id
  await api.call('GET', '/api/projects')
  expect((await audit())[0]?.id).toBe(before)
})

it('exports what the filter finds, all of it, and nothing that a spreadsheet would run', async () => {
  await sql`insert into audit_log (user_name, via, action, outcome)
    select '=cmd()', 'token', 'manyWrites', 'done' from generate_series(1, 2300)`.execute(api.deps.db)
  const lines = await api.call('GET', '/api/audit/export?action=manyWrites')
  expect(lines.headers.get('content-disposition')).toMatch(/attachment; filename="signalbox-audit-.*\.jsonl"/)
  const rows = (await lines.text()).trim().split('\n')
  expect(rows).toHaveLength(2300)
  expect(new Set(rows.map((row) => JSON.parse(row).id)).size).toBe(2300)
  const csv = await (await api.call('GET', '/api/audit/export?action=manyWrites&format=csv')).text()
  expect(csv.split('\r\n')).toHaveLength(2302)
  expect(csv).toContain(`"'=cmd()"`)
  const stranger = await api.call('GET', '/api/audit/export', { headers: { authorization: 'Bearer nobody' } })
  expect(stranger.status).toBe(401)
})
