import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connectDatabase, type DatabaseConnection } from '@signalbox/server/db/connect.ts'
import { sql } from 'kysely'
import { countedLine, countedLines } from './counting.ts'
import type { FlowStage } from './plan.ts'
import { egressSockets, runningSandboxes, sandboxFolders } from './processes.ts'
import type { Viewer } from './viewer.ts'

const git = promisify(execFile)

/** A connection to the platform's own database, past its API. */
export async function openDatabaseOf(dataDir: string): Promise<DatabaseConnection> {
  const read = async (name: string) => (await readFile(join(dataDir, 'database', name), 'utf8')).trim()
  const connectionString = `postgres://signalbox:${encodeURIComponent(await read('password'))}@127.0.0.1:${await read('port')}/signalbox`
  return connectDatabase({ connectionString, max: 2, applicationName: 'signalbox-chaos' })
}

type Db = DatabaseConnection['db']

/** How far the change has come. */
export async function stageOf(db: Db, changeId: string): Promise<FlowStage> {
  const change = await db
    .selectFrom('changes')
    .selectAll()
    .where('id', '=', changeId)
    .executeTakeFirstOrThrow()
  if (change.status === 'completed') return 'live'
  if (change.status === 'merging') return 'merging'
  if (change.status === 'deploying') {
    const deployment = await db
      .selectFrom('deployments')
      .select('status')
      .where('change_id', '=', changeId)
      .executeTakeFirstOrThrow()
    if (deployment.status === 'queued') return 'deploying'
    return deployment.status === 'completed' ? 'live' : deployment.status
  }
  const mended = change.fingerprints.length > 0
  if (change.status === 'validating') return mended ? 'validating again' : 'validating'
  return mended ? 'fixing' : 'working'
}

/** Messages that still wait or are held in the queue. */
export async function waitingMessages(db: Db): Promise<{ name: string; state: string; count: number }[]> {
  const found = await sql<{ name: string; state: string; count: number }>`
    select name, state::text, count(*) from pgboss.job
    where name not like '\\_\\_%' and state in ('created', 'retry', 'active')
    group by name, state`.execute(db)
  return found.rows
}

/** Exactly one pull request, one merge of exactly the validated commit, one conversation, evidence once. */
export async function checkChange(db: Db, dataDir: string, changeId: string): Promise<string[]> {
  const faults: string[] = []
  const change = await db
    .selectFrom('changes')
    .selectAll()
    .where('id', '=', changeId)
    .executeTakeFirstOrThrow()
  if (change.conclusion !== 'deployed')
    faults.push(`the change ended as ${change.conclusion}: ${change.reason}`)
  const all = await db.selectFrom('changes').select('id').execute()
  if (all.length !== 1) faults.push(`${all.length} changes`)
  const requests = await db.selectFrom('pull_requests').selectAll().execute()
  if (requests.length !== 1) faults.push(`${requests.length} pull requests`)
  const [request] = requests
  if (request) {
    if (request.state !== 'merged') faults.push(`the pull request is ${request.state}`)
    if (request.landed_commit !== request.merge_commit)
      faults.push('another commit landed than was validated')
    faults.push(...(await checkRepository(dataDir, change.project_id, request)))
  }
  const evidence = await db
    .selectFrom('evidence')
    .select('conclusion')
    .where('change_id', '=', changeId)
    .orderBy('run_id')
    .execute()
  const conclusions = evidence.map((row) => row.conclusion).join(', ')
  if (conclusions !== 'failure, success') faults.push(`evidence: ${conclusions}`)
  const validations = await db
    .selectFrom('runs')
    .select(['kind', 'conclusion'])
    .where('change_id', '=', changeId)
    .orderBy('id')
    .execute()
  const runs = validations.map((run) => `${run.kind} ${run.conclusion}`).join(', ')
  const expected = 'agent success, validation failure, agent success, validation success, deploy success'
  if (runs !== expected) faults.push(`runs: ${runs}`)
  return [...faults, ...(await checkConversation(db, changeId))]
}

async function checkRepository(
  dataDir: string,
  projectId: string,
  request: {
    base_branch: string
    head_commit: string
    head_branch: string
    landed_commit: string | null
    merge_tree: string | null
  },
): Promise<string[]> {
  const faults: string[] = []
  const gitDir = join(dataDir, 'repositories', `${projectId}.git`)
  const read = async (...args: string[]) =>
    (await git('git', ['-c', 'safe.directory=*', '--git-dir', gitDir, ...args])).stdout.trim()
  const head = await read('rev-parse', request.base_branch)
  if (head !== request.landed_commit)
    faults.push(`the branch is at ${head}, landed was ${request.landed_commit}`)
  const tree = await read('rev-parse', `${request.base_branch}^{tree}`)
  if (tree !== request.merge_tree) faults.push('the tree of the branch is not the validated one')
  const firstParents = (await read('rev-list', '--first-parent', request.base_branch)).split('\n')
  if (firstParents.length !== 2) faults.push(`${firstParents.length - 1} commits landed on the branch`)
  const parents = (await read('rev-list', '--parents', '-n', '1', request.base_branch)).split(' ').slice(1)
  if (parents.length !== 2 || parents[1] !== request.head_commit)
    faults.push('what landed is no merge of its head')
  const branches = (await read('for-each-ref', '--format=%(refname:short)', 'refs/heads')).split('\n')
  if (branches.join() !== request.base_branch) faults.push(`branches left: ${branches.join(', ')}`)
  return faults
}

/** Each turn: one prompt first, one end last, entries numbered without a gap, none of them twice. */
async function checkConversation(db: Db, changeId: string): Promise<string[]> {
  const faults: string[] = []
  const events = await db
    .selectFrom('agent_events')
    .innerJoin('agent_runs', 'agent_runs.id', 'agent_events.agent_run_id')
    .select(['agent_events.turn', 'seq', 'kind', 'body', 'data'])
    .where('change_id', '=', changeId)
    .orderBy('agent_events.turn')
    .orderBy('seq')
    .execute()
  const turns = new Set(events.map((event) => event.turn))
  if (turns.size !== 2) faults.push(`the conversation has ${turns.size} turns`)
  for (const turn of turns) {
    const mine = events.filter((event) => event.turn === turn)
    const kinds = mine.map((event) => event.kind)
    if (mine.some((event, index) => event.seq !== index + 1)) faults.push(`turn ${turn} has gaps`)
    const once = kinds[0] === 'prompt' && kinds.at(-1) === 'end'
    if (!once || kinds.filter((kind) => kind === 'prompt' || kind === 'end').length !== 2) {
      faults.push(`turn ${turn} is ${kinds.join(' ')}`)
    }
    const texts = mine.map((event) => `${event.kind} ${event.body} ${JSON.stringify(event.data)}`)
    if (new Set(texts).size !== texts.length)
      faults.push(`turn ${turn} says something twice: ${kinds.join(' ')}`)
  }
  return faults
}

/** One live deployment, its release the only one that runs, and no sandbox beside it. */
export async function checkReleases(db: Db, dataDir: string): Promise<string[]> {
  const faults: string[] = []
  const environments = await db.selectFrom('environments').selectAll().execute()
  const deployments = await db.selectFrom('deployments').selectAll().orderBy('id').execute()
  const live = deployments.filter((deployment) => deployment.conclusion === 'live')
  const said = deployments.map((deployment) => `${deployment.conclusion}/${deployment.release}`).join(', ')
  if (environments.length !== 1 || live.length !== 1) faults.push(`${live.length} live deployments: ${said}`)
  if (live[0]?.id !== environments[0]?.live_deployment_id) faults.push('the environment points elsewhere')
  if (said !== 'superseded/stopped, live/running') faults.push(`deployments: ${said}`)
  const expected = live.map((deployment) => `release-${deployment.id}`).join()
  const running = await runningSandboxes(dataDir)
  if (running.join() !== expected)
    faults.push(`sandboxes run: ${running.join(', ') || 'none'}; due: ${expected}`)
  const folders = await sandboxFolders(dataDir)
  if (folders.join() !== expected) faults.push(`sandbox folders: ${folders.join(', ')}; due: ${expected}`)
  const sockets = await egressSockets(dataDir)
  if (sockets.length > 0) faults.push(`egress sockets are left: ${sockets.join(', ')}`)
  return faults
}

/** The final attempt holds 1..N, each earlier one a gapless prefix; the viewer saw exactly that. */
export async function checkCounting(db: Db, jobId: string, viewer: Viewer): Promise<string[]> {
  const faults = viewer.faults.map((fault) => `viewer of ${jobId}: ${fault}`)
  const job = await db.selectFrom('jobs').selectAll().where('id', '=', jobId).executeTakeFirstOrThrow()
  if (job.conclusion !== 'success') faults.push(`a counting job ended as ${job.conclusion}: ${job.reason}`)
  for (let attempt = 1; attempt <= job.attempt; attempt++) {
    const chunks = await db
      .selectFrom('log_chunks')
      .selectAll()
      .where('job_id', '=', jobId)
      .where('attempt', '=', attempt)
      .orderBy('first_line')
      .execute()
    const lines = chunks.flatMap((chunk) =>
      chunk.lines.map((line, i) => ({ n: chunk.first_line + i, ...line })),
    )
    const where = `attempt ${attempt} of ${job.attempt} of ${jobId}`
    if (lines.some((line, index) => line.n !== index + 1)) faults.push(`${where}: stored lines have gaps`)
    const counted = lines.filter((line) => line.c === 'o').map((line) => line.x)
    const wrong = counted.findIndex((text, index) => text !== countedLine(index + 1))
    if (wrong >= 0) faults.push(`${where}: "${counted[wrong]}" stands where ${countedLine(wrong + 1)} is due`)
    if (attempt === job.attempt && counted.length !== countedLines) {
      faults.push(`${where}: ${counted.length} of ${countedLines} lines are stored`)
    }
    const seen = viewer.seen.get(attempt)?.lines ?? []
    const stored = lines.map((line) => line.x)
    if (seen.join('\n') !== stored.join('\n')) {
      faults.push(`${where}: the viewer saw ${seen.length} lines, ${stored.length} are stored`)
    }
  }
  return faults
}

/** Nothing is under way any more, and every step that succeeded in a final attempt ended with its log complete. */
export async function checkAtRest(db: Db): Promise<string[]> {
  const faults: string[] = []
  for (const table of ['changes', 'runs', 'jobs', 'deployments'] as const) {
    const open = await db.selectFrom(table).select('id').where('status', '<>', 'completed').execute()
    if (open.length > 0) faults.push(`${open.length} ${table} are still open`)
  }
  const jobs = await db.selectFrom('jobs').select(['id', 'conclusion', 'log_complete']).execute()
  if (jobs.some((job) => !job.log_complete)) faults.push('a completed job says that its log is not complete')
  return faults
}
