import { newId } from '@signalbox/core/base/ids.ts'
import { routes } from '@signalbox/core/contract/routes.ts'
import { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertAgentRun, listAgentEvents } from '../db/agent-runs.ts'
import { insertPullRequest, updateHead } from '../db/pull-requests.ts'
import { insertComment } from '../db/review-comments.ts'
import { moveAgentRun, moveChange } from '../db/state.ts'
import { sendComments } from '../flows/changes/send-comments.ts'
import type { FlowDeps } from '../flows/deps.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())

/** A change with a pull request whose head holds `src/a.js`, and an agent that waits to be told something. */
async function seedReview() {
  const { db, forge } = api.deps
  const { project, change } = await seedProject(db)
  const content = Array.from({ length: 20 }, (_, i) => `line ${i + 1}\n`).join('')
  const { head } = await forge.initRepository({
    projectId: project.id,
    files: [{ path: 'src/a.js', content }],
    message: 'first',
  })
  const pr = await insertPullRequest(db, {
    id: newId(),
    project_id: project.id,
    change_id: change.id,
    number: change.number,
    title: 'A goal',
    head_branch: 'signalbox/1',
    head_commit: head,
    base_branch: 'main',
    base_commit: head,
  })
  return { project, change, pr, head, path: `/api/changes/${change.id}/comments` }
}

async function comment(path: string, head: string, more: Record<string, unknown> = {}) {
  const body = { commit: head, path: 'src/a.js', startLine: 3, endLine: 4, body: 'Why?', ...more }
  const answer = await api.call('POST', path, { body })
  return { status: answer.status, body: (await answer.json()) as unknown }
}

async function list(path: string): Promise<ReviewComment[]> {
  const answer = await api.call('GET', path)
  return routes.listComments.response.parse(await answer.json()).items
}

test('a comment keeps the lines that it is about, and its author may reword and delete it', async () => {
  const { head, path } = await seedReview()
  const made = ReviewComment.parse((await comment(path, head)).body)
  expect(made).toMatchObject({ quote: 'line 3\nline 4', state: 'open', mine: true, outdated: false })
  const one = `${path}/${made.id}`
  expect((await api.call('PATCH', one, { body: { body: 'Really?' } })).status).toBe(200)
  expect(await list(path)).toMatchObject([{ body: 'Really?', author: { name: expect.any(String) } }])
  expect((await api.call('DELETE', one)).status).toBe(200)
  expect(await list(path)).toEqual([])
})

test('an older head, a path that is none and lines the wrong way around are refused', async () => {
  const { head, path } = await seedReview()
  expect((await comment(path, 'b'.repeat(40))).status).toBe(409)
  expect((await comment(path, head, { path: 'nowhere.js' })).status).toBe(404)
  expect((await comment(path, head, { startLine: 9, endLine: 2 })).status).toBe(400)
  expect((await comment(path, head, { path: 'a\0b' })).status).toBe(400)
  expect((await comment(path, head, { body: ' ' })).status).toBe(400)
})

test('somebody else’s comment is resolved but neither reworded nor deleted', async () => {
  const { change, project, head, path } = await seedReview()
  const { db } = api.deps
  const id = newId()
  await insertComment(
    db,
    {
      id,
      change_id: change.id,
      commit_id: head,
      path: 'src/a.js',
      side: 'new',
      start_line: 1,
      end_line: 1,
      quote: '',
      body: 'theirs',
      author_id: null,
    },
    project.id,
  )
  expect((await api.call('PATCH', `${path}/${id}`, { body: { body: 'mine now' } })).status).toBe(403)
  expect((await api.call('DELETE', `${path}/${id}`)).status).toBe(403)
  expect((await api.call('PATCH', `${path}/${id}`, { body: { resolved: true } })).status).toBe(200)
  expect(await list(path)).toMatchObject([{ state: 'resolved', mine: false }])
  expect((await api.call('PATCH', `${path}/${id}`, { body: { resolved: false } })).status).toBe(200)
  expect(await list(path)).toMatchObject([{ state: 'open' }])
})

test('after a push comments are outdated and still there', async () => {
  const { pr, head, path } = await seedReview()
  await comment(path, head)
  await updateHead(api.deps.db, {
    id: pr.id,
    headCommit: 'd'.repeat(40),
    baseCommit: head,
    policyFiles: [],
  })
  expect(await list(path)).toMatchObject([{ outdated: true, commit: head, quote: 'line 3\nline 4' }])
})

test('lines around a hunk come from the head', async () => {
  const { change } = await seedReview()
  const answer = await api.call('GET', `/api/changes/${change.id}/file?path=src/a.js&from=19&to=99`)
  expect(await answer.json()).toMatchObject({ from: 19, lines: ['line 19', 'line 20'], total: 20 })
  expect(
    (await api.call('GET', `/api/changes/${change.id}/file?path=../x&from=1&to=2`)).status,
  ).toBeGreaterThan(399)
})

/** The flow itself, as the server runs it: the API under test only writes down that it was asked. */
function flowDeps(): FlowDeps {
  const queue = { send: async () => {} }
  // Sending comments reaches for nothing else of the flows.
  return { db: api.deps.db, clock: { now: () => new Date() }, queue } as unknown as FlowDeps
}

async function waitForPerson(change: { id: string; fence: number }) {
  const { db } = api.deps
  const agentRun = await insertAgentRun(db, { id: newId(), changeId: change.id, driver: 'scripted' })
  const now = new Date()
  const started = await moveAgentRun(db, {
    id: agentRun.id,
    fence: agentRun.fence,
    event: { type: 'start_turn' },
    now,
  })
  if (!started.ok) throw new Error(started.reason)
  await moveAgentRun(db, {
    id: agentRun.id,
    fence: started.row.fence,
    event: { type: 'answer', responseType: 'pr' },
    now,
  })
  const moved = await moveChange(db, {
    id: change.id,
    fence: change.fence,
    event: { type: 'agent_failed', reason: 'It gave up.' },
    now,
  })
  if (!moved.ok) throw new Error(moved.reason)
  return agentRun.id
}

test('open comments become one message, once, and are sent with it', async () => {
  const { change, head, path } = await seedReview()
  const agentRunId = await waitForPerson(change)
  await comment(path, head)
  await comment(path, head, { startLine: 1, endLine: 1, body: 'And this one.' })
  await sendComments(flowDeps(), { changeId: change.id, note: 'Two things.' })
  const prompts = (await listAgentEvents(api.deps.db, { agentRunId })).filter(
    (event) => event.kind === 'prompt',
  )
  expect(prompts).toHaveLength(1)
  expect(prompts[0]?.body).toMatch(
    /Two things\.[\s\S]+line 1[\s\S]+And this one\.[\s\S]+line 3\nline 4[\s\S]+Why\?/,
  )
  expect(await list(path)).toMatchObject([{ state: 'sent' }, { state: 'sent' }])
  await expect(sendComments(flowDeps(), { changeId: change.id })).rejects.toThrow('no comment')
})

test('a message that cannot be said sends no comment', async () => {
  const { change, head, path } = await seedReview()
  await insertAgentRun(api.deps.db, { id: newId(), changeId: change.id, driver: 'scripted' })
  await comment(path, head)
  await expect(sendComments(flowDeps(), { changeId: change.id })).rejects.toThrow()
  expect(await list(path)).toMatchObject([{ state: 'open', sentAt: null }])
})

test('of two people who send at once one does: nothing is said twice', async () => {
  const { change, head, path } = await seedReview()
  const agentRunId = await waitForPerson(change)
  await comment(path, head)
  const send = () => sendComments(flowDeps(), { changeId: change.id })
  const ends = await Promise.allSettled([send(), send(), send()])
  expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
  const said = await listAgentEvents(api.deps.db, { agentRunId })
  expect(said.filter((event) => event.kind === 'prompt')).toHaveLength(1)
})
