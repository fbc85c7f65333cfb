import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import type { Conclusion } from '@signalbox/core/domain/status.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findChange, listChanges } from '../../db/changes.ts'
import { checksByPullRequest } from '../../db/checks.ts'
import { jobsByRun } from '../../db/jobs.ts'
import { listOccurrences, openOccurrences } from '../../db/occurrences.ts'
import { pullRequestByChange } from '../../db/pull-requests.ts'
import { runsByChange } from '../../db/runs.ts'
import { moveJob } from '../../db/state.ts'
import type { RunRow } from '../../db/state-of.ts'
import { createLocalForge, type LocalForge } from '../../forge/local/create-local-forge.ts'
import { advanceChange } from '../changes/advance-change.ts'
import { cancelChange } from '../changes/person.ts'
import { advanceRun } from '../runs/advance-run.ts'
import { githubContextOf } from '../runs/run-context.ts'
import { advanceOccurrence } from './advance-occurrence.ts'
import { noticePush } from './notice-push.ts'
import { fixtureDeps, pushedProject } from './pushed-project.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'pull-request-events-'))
let database: TestDatabase
let forge: LocalForge
beforeAll(async () => {
  database = await testDatabase()
  forge = await createLocalForge({ dataDir: folder })
})
afterAll(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

function workflow(name: string, on: string, job = name.toLowerCase()): string {
  return `name: ${name}\non: ${on}\njobs:\n  ${job}: {runs-on: ubuntu-latest, steps: [{run: echo}]}\n`
}

const files = {
  'README.md': 'hello\n',
  '.github/workflows/ci.yml': workflow('CI', 'pull_request', 'test'),
  '.github/workflows/docs.yml': workflow('Docs', '{pull_request: {paths: [docs/**]}}'),
  '.github/workflows/target.yml': workflow('Label', 'pull_request_target'),
  '.github/workflows/closed.yml': workflow('Closed', '{pull_request: {types: [closed]}}'),
  '.github/workflows/forged.yml': workflow('Forged', 'pull_request', 'validate'),
}

/** A pushed branch with an open change whose pull request is validated, and its runs so far. */
async function pushed(options: {
  requiredChecks: string[]
  change: Record<string, string>
  autoMerge?: boolean
}) {
  const { deps } = fixtureDeps(database, forge)
  const settings = {
    validation: { requiredChecks: options.requiredChecks },
    autoMerge: options.autoMerge ?? false,
  }
  const made = await pushedProject(database, forge, { files, settings })
  await noticePush(deps, made.id, null)
  const head = await made.commit(made.head, { message: 'A change', files: options.change })
  await made.move('topic', head)
  await noticePush(deps, made.id, null)
  const changeId = (await listChanges(database.db, { projectId: made.id, limit: 1 }))[0]?.id ?? ''
  async function advance(): Promise<void> {
    await advanceChange(deps, changeId)
    for (const { id } of await openOccurrences(database.db)) await advanceOccurrence(deps, id)
  }
  await advance()
  async function run(name: string): Promise<RunRow> {
    const found = (await runsByChange(database.db, changeId)).findLast((one) => one.name === name)
    if (!found) throw new Error(`no run ${name}`)
    return found
  }
  /** Its one job ends so, and the change looks at it. */
  async function end(name: string, conclusion: Conclusion): Promise<void> {
    const { id } = await run(name)
    for (const job of await jobsByRun(database.db, id)) {
      const now = new Date()
      const claimed = await moveJob(database.db, {
        id: job.id,
        fence: job.fence,
        event: { type: 'claim', workerId: newId() },
        now,
      })
      if (!claimed.ok) throw new Error(claimed.reason)
      const event = { type: 'complete', conclusion } as const
      await moveJob(database.db, { id: job.id, fence: claimed.row.fence, event, now })
    }
    await advanceRun(deps, id)
    await advanceRun(deps, id)
    await advance()
  }
  const names = async () => (await runsByChange(database.db, changeId)).map((one) => one.name).sort()
  const change = async () => await findChange(database.db, changeId)
  const checks = async () => {
    const pullRequest = await pullRequestByChange(database.db, changeId)
    const rows = await checksByPullRequest(database.db, pullRequest?.id ?? '')
    return Object.fromEntries(rows.map((row) => [row.name, row.excused ? 'excused' : row.conclusion]))
  }
  return { ...made, deps, changeId, head, advance, run, end, names, change, checks }
}

test('a pull request starts workflows of the merge commit without secrets, and those of the base with them', async () => {
  const { id, head, names, run, changeId } = await pushed({
    requiredChecks: ['validate'],
    change: { 'a.ts': '1' },
  })
  expect(await names()).toEqual(['CI', 'Forged', 'Label', 'Validate'])
  const pullRequest = await pullRequestByChange(database.db, changeId)
  const ci = await run('CI')
  expect(ci).toMatchObject({
    kind: 'event',
    event_name: 'pull_request',
    trusted: false,
    commit_id: pullRequest?.merge_commit,
    ref: 'refs/pull/1/merge',
  })
  expect(githubContextOf(ci, 'x')).toMatchObject({
    event_name: 'pull_request',
    head_ref: 'topic',
    base_ref: 'main',
    event: { action: 'opened', pull_request: { head: { sha: head }, merged: false } },
  })
  expect(await run('Label')).toMatchObject({
    event_name: 'pull_request_target',
    trusted: true,
    commit_id: pullRequest?.base_commit,
    ref: 'refs/heads/main',
  })
  const [first] = (await listOccurrences(database.db, { projectId: id, limit: 20 })).filter(
    ({ name }) => name === 'pull_request',
  )
  expect(first?.verdicts.find(({ name }) => name === 'Docs')).toMatchObject({ runs: false, by: 'paths' })
})

test('a required check is that of the job; the gate waits for it, whatever else is done', async () => {
  const scene = await pushed({ requiredChecks: ['validate', 'test'], change: { 'a.ts': '1' } })
  await scene.end('Validate', 'success')
  expect(await scene.change()).toMatchObject({ status: 'validating' })
  await scene.end('CI', 'success')
  expect(await scene.checks()).toMatchObject({ validate: 'success', test: 'success' })
  // Nothing red: it waits for a person who merges.
  expect(await scene.change()).toMatchObject({ status: 'waiting', waiting_for: 'merge' })
})

test('a required check that fails stops it, and says which', async () => {
  const scene = await pushed({ requiredChecks: ['validate', 'test'], change: { 'a.ts': '1' } })
  await scene.end('Validate', 'success')
  await scene.end('CI', 'failure')
  await scene.end('Forged', 'success')
  expect(await scene.change()).toMatchObject({ status: 'waiting', waiting_for: 'help' })
  expect((await scene.change())?.reason).toContain('The job test of CI ended as failure.')
})

test('a required check whose workflow does not match the paths is skipped and satisfied', async () => {
  const scene = await pushed({ requiredChecks: ['validate', 'docs'], change: { 'a.ts': '1' } })
  await scene.end('Validate', 'success')
  expect(await scene.checks()).toMatchObject({ docs: 'excused' })
  expect(await scene.change()).toMatchObject({ status: 'waiting', waiting_for: 'merge' })
})

test('where the paths match, the required check is asked for', async () => {
  const scene = await pushed({ requiredChecks: ['validate', 'docs'], change: { 'docs/a.md': '1' } })
  await scene.end('Validate', 'success')
  expect(await scene.change()).toMatchObject({ status: 'validating' })
  await scene.end('Docs', 'failure')
  for (const name of ['CI', 'Forged']) await scene.end(name, 'success')
  expect(await scene.change()).toMatchObject({ status: 'waiting', waiting_for: 'help' })
})

test('three hundred other files excuse nothing', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 301 }, (_, i) => [`a${String(i).padStart(3, '0')}.txt`, '1']),
  )
  const scene = await pushed({ requiredChecks: ['validate', 'docs'], change: { ...many, 'docs/a.md': '1' } })
  await scene.end('Validate', 'success')
  for (const name of ['CI', 'Forged']) await scene.end(name, 'success')
  expect(await scene.checks()).not.toHaveProperty('docs')
  expect(await scene.change()).toMatchObject({ status: 'waiting', waiting_for: 'help' })
})

test('no job of a change’s workflow speaks over the validation of the base', async () => {
  const scene = await pushed({ requiredChecks: ['validate'], change: { 'a.ts': '1' } })
  await scene.end('Forged', 'success')
  await scene.end('Validate', 'failure')
  expect(await scene.checks()).toMatchObject({ validate: 'failure' })
  await scene.advance()
  expect(await scene.checks()).toMatchObject({ validate: 'failure' })
})

test('a pull request that is closed starts the workflows that ask for it', async () => {
  const scene = await pushed({ requiredChecks: ['validate'], change: { 'a.ts': '1' } })
  await cancelChange(scene.deps, { changeId: scene.changeId })
  await scene.advance()
  expect(await scene.run('Closed')).toMatchObject({ trusted: false, event: { action: 'closed' } })
})

test('what landed is a push to the default branch and a closed pull request, both trusted', async () => {
  const scene = await pushed({ requiredChecks: ['validate'], change: { 'a.ts': '1' }, autoMerge: true })
  await scene.end('Validate', 'success')
  await scene.advance()
  const main = await forge.head(scene.id, 'main')
  expect(await scene.run('Closed')).toMatchObject({
    trusted: true,
    commit_id: main,
    event: { pull_request: { merged: true, merge_commit_sha: main } },
  })
  const pushes = (await listOccurrences(database.db, { projectId: scene.id, limit: 20 })).filter(
    ({ name, ref }) => name === 'push' && ref === 'refs/heads/main',
  )
  expect(pushes).toMatchObject([{ commit_id: main, trusted: true }])
})
