import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { runningDatabase } from '@signalbox/server/boot/database.ts'
import { readConfig } from '@signalbox/server/config.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import pg from 'pg'
import { type BenchResult, ms, quantile, round } from './figures.ts'
import { tokenOf } from './live.ts'
import { pace } from './pace.ts'

const runCount = 100_000
const perSecond = 200
const stretchMs = 4_000
const stretches = 4

/** The statements as server/db sends them (runs.ts, jobs.ts, steps.ts). */
const statements = {
  list: `select "runs"."id", "runs"."number", "runs"."project_id", "runs"."change_id", "runs"."kind", "runs"."name",
    "runs"."commit_id", "runs"."ref", "runs"."status", "runs"."conclusion", "runs"."reason", "runs"."created_at",
    "runs"."started_at", "runs"."completed_at", "projects"."slug" as "project_slug"
    from "runs" inner join "projects" on "projects"."id" = "runs"."project_id"
    order by "runs"."id" desc limit $1`,
  run: 'select * from "runs" where "id" = $1',
  jobs: 'select * from "jobs" where "run_id" = $1 order by "position"',
  steps: `select "steps".* from "steps" inner join "jobs"
    on "jobs"."id" = "steps"."job_id" and "jobs"."attempt" = "steps"."attempt"
    where "jobs"."run_id" = $1 order by "steps"."job_id", "steps"."number"`,
}

/** Reads by the API with 100k runs stored, in turns with the same selects on one connection, all evenly paced. */
export async function api(): Promise<BenchResult> {
  const platform = await startPlatform()
  const database = new pg.Client({
    connectionString: await runningDatabase(readConfig({ SIGNALBOX_DATA_DIR: platform.dataDir })),
  })
  const agent = new Agent({ keepAlive: true })
  try {
    await database.connect()
    const ids = await insertRuns(database)
    const authorization = `Bearer ${await tokenOf(platform)}`
    const anyId = () => ids[Math.floor(Math.random() * ids.length)] ?? ''
    const sides: Record<string, () => Promise<void>> = {
      selectList: async () => void (await database.query(statements.list, [51])),
      apiList: () => get(platform, agent, authorization, '/api/runs?limit=50'),
      selectRun: async () => {
        const id = anyId()
        for (const text of [statements.run, statements.jobs, statements.steps])
          await database.query(text, [id])
      },
      apiRun: () => get(platform, agent, authorization, `/api/runs/${anyId()}`),
    }
    const found = new Map<string, number[]>()
    for (let stretch = 0; stretch <= stretches; stretch++) {
      for (const [name, ask] of Object.entries(sides)) {
        const answers = await pace(perSecond, sleep(stretchMs), ask)
        if (stretch > 0) found.set(name, [...(found.get(name) ?? []), ...answers.map((answer) => answer.ms)])
      }
    }
    return resultOf(found)
  } finally {
    agent.destroy()
    await database.end()
    await platform.destroy()
  }
}

function resultOf(found: Map<string, number[]>): BenchResult {
  const at = (name: string, share: number) => quantile(found.get(name) ?? [], share)
  const ratio = (kind: 'List' | 'Run', share: number) => at(`api${kind}`, share) / at(`select${kind}`, share)
  const row = (what: string, name: string, kind: 'List' | 'Run') => [
    what,
    ms(at(name, 0.5)),
    ms(at(name, 0.99)),
    `${round(at(name, 0.5) / at(`select${kind}`, 0.5))} x`,
    `${round(at(name, 0.99) / at(`select${kind}`, 0.99))} x`,
  ]
  const targets = (['List', 'Run'] as const).flatMap((kind) =>
    [0.5, 0.99].map((share) => ({
      what: `${kind === 'List' ? 'list' : 'one run'}: p${share * 100} is ${round(ratio(kind, share))} x, at most 10 x`,
      holds: ratio(kind, share) <= 10,
    })),
  )
  return {
    table: [
      [`${runCount} runs, ${perSecond}/s`, 'p50', 'p99', 'ratio p50', 'ratio p99'],
      row('select of 50 runs', 'selectList', 'List'),
      row('GET /api/runs?limit=50', 'apiList', 'List'),
      row('selects of one run', 'selectRun', 'Run'),
      row('GET /api/runs/:id', 'apiRun', 'Run'),
    ],
    figures: {
      selectListP50Ms: at('selectList', 0.5),
      selectListP99Ms: at('selectList', 0.99),
      apiListP50Ms: at('apiList', 0.5),
      apiListP99Ms: at('apiList', 0.99),
      selectRunP50Ms: at('selectRun', 0.5),
      selectRunP99Ms: at('selectRun', 0.99),
      apiRunP50Ms: at('apiRun', 0.5),
      apiRunP99Ms: at('apiRun', 0.99),
      ratioListP50: ratio('List', 0.5),
      ratioListP99: ratio('List', 0.99),
      ratioRunP50: ratio('Run', 0.5),
      ratioRunP99: ratio('Run', 0.99),
    },
    targets,
  }
}

/** Completed runs of the sample, each with one job of three steps; their ids. */
async function insertRuns(database: pg.Client): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `insert into runs (id, project_id, number, kind, name, workflow_file, workflow_text, workflow_source,
       commit_id, ref, trusted, status, conclusion, started_at, completed_at)
     select uuidv7(), project.id, project.next_run_number + n, 'manual', 'hello.yml',
       '.signalbox/workflows/hello.yml', repeat('# a workflow of the usual length' || chr(10), 20), 'repository',
       repeat('0', 40), 'refs/heads/main', true, 'completed', 'success', now(), now()
     from generate_series(0, $1 - 1) n, projects project where project.slug = 'sample' returning id`,
    [runCount],
  )
  await database.query(`update projects set next_run_number = next_run_number + $1 where slug = 'sample'`, [
    runCount,
  ])
  await database.query(
    `insert into jobs (id, run_id, key, name, position, status, conclusion, attempt, log_complete)
     select uuidv7(), id, 'hello', 'hello', 0, 'completed', 'success', 1, true from runs where kind = 'manual'`,
  )
  await database.query(
    `insert into steps (job_id, attempt, number, name, status, outcome, conclusion, exit_code, started_at, completed_at)
     select id, 1, n, 'echo ' || n, 'completed', 'success', 'success', 0, now(), now()
     from jobs, generate_series(1, 3) n where key = 'hello'`,
  )
  await database.query('vacuum analyze runs, jobs, steps')
  return rows.map((row) => row.id)
}

function get(platform: Platform, agent: Agent, authorization: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: platform.port, path, agent, headers: { authorization } },
      (response) => {
        response.resume()
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`${path}: HTTP ${response.statusCode}`)),
        )
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}
