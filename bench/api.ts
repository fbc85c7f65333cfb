import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { runningDatabase } from '@signalbox/server/boot/database.ts'
import { readConfig } from '@signalbox/server/config.ts'
import { startPlatform } from '@signalbox/testing/platform.ts'
import pg from 'pg'
import { type BenchResult, ms, quantile, round } from './figures.ts'
import { tokenOf } from './live.ts'
import { pace } from './pace.ts'
import { insertRuns, readApi } from './stored-runs.ts'

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
    const ids = await insertRuns(database, runCount)
    const authorization = `Bearer ${await tokenOf(platform)}`
    const anyId = () => ids[Math.floor(Math.random() * ids.length)] ?? ''
    const sides: Record<string, () => Promise<void>> = {
      selectList: async () => void (await database.query(statements.list, [51])),
      apiList: () => readApi(platform, agent, authorization, '/api/runs?limit=50'),
      selectRun: async () => {
        const id = anyId()
        for (const text of [statements.run, statements.jobs, statements.steps])
          await database.query(text, [id])
      },
      apiRun: () => readApi(platform, agent, authorization, `/api/runs/${anyId()}`),
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
