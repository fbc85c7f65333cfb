import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { runningDatabase } from '@signalbox/server/boot/database.ts'
import { readConfig } from '@signalbox/server/config.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import pg from 'pg'
import { type BenchResult, ms, quantile, round } from './figures.ts'
import { tokenOf } from './live.ts'
import { pace } from './pace.ts'
import { insertRuns, readApi } from './stored-runs.ts'

const few = 10_000
const many = 1_000_000
const perSecond = 100
const stretchMs = 5_000
const stretches = 4

type Found = Map<string, number[]>

/** The same reads with 10,000 and with 1,000,000 runs in the database of the same server. */
export async function growth(): Promise<BenchResult> {
  const platform = await startPlatform()
  const database = new pg.Client({
    connectionString: await runningDatabase(readConfig({ SIGNALBOX_DATA_DIR: platform.dataDir })),
    statement_timeout: 0,
  })
  try {
    await database.connect()
    const first = await insertRuns(database, few)
    const before = await measure(platform, first)
    const all = first.concat(await insertRuns(database, many - few))
    const after = await measure(platform, all)
    return resultOf(before, after)
  } finally {
    await database.end()
    await platform.destroy()
  }
}

/** Reads in turns, the first turn left out: it warms the caches of both alike. */
async function measure(platform: Platform, ids: string[]): Promise<Found> {
  const agent = new Agent({ keepAlive: true })
  const authorization = `Bearer ${await tokenOf(platform)}`
  const any = () => ids[Math.floor(Math.random() * ids.length)] ?? ''
  const reads: Record<string, () => string> = {
    'newest 50 runs': () => '/api/runs?limit=50',
    'runs of a project': () => '/api/runs?project=sample&limit=50',
    'a page from the middle': () => `/api/runs?limit=50&before=${any()}`,
    'one run': () => `/api/runs/${any()}`,
    'projects as cards': () => '/api/projects',
    'a run by its number': () => `/api/search?q=${Math.ceil(Math.random() * ids.length)}`,
  }
  const found: Found = new Map()
  for (let stretch = 0; stretch <= stretches; stretch++) {
    for (const [name, path] of Object.entries(reads)) {
      const answers = await pace(perSecond, sleep(stretchMs), () =>
        readApi(platform, agent, authorization, path()),
      )
      if (stretch > 0) found.set(name, [...(found.get(name) ?? []), ...answers.map((answer) => answer.ms)])
    }
  }
  agent.destroy()
  return found
}

function resultOf(before: Found, after: Found): BenchResult {
  const result: BenchResult = {
    table: [[`${perSecond}/s`, '10k p50', '10k p99', '1M p50', '1M p99', 'ratio p99']],
    figures: {},
    targets: [],
  }
  for (const [name, small] of before) {
    const large = after.get(name) ?? []
    const ratio = quantile(large, 0.99) / quantile(small, 0.99)
    const cells = [small, large].flatMap((values) => [ms(quantile(values, 0.5)), ms(quantile(values, 0.99))])
    result.table.push([name, ...cells, `${round(ratio)} x`])
    const key = name.replace(
      /[^a-z0-9]+(.)?/g,
      (_, letter: string | undefined) => letter?.toUpperCase() ?? '',
    )
    result.figures[`${key}FewP99Ms`] = quantile(small, 0.99)
    result.figures[`${key}ManyP99Ms`] = quantile(large, 0.99)
    result.figures[`${key}RatioP99`] = ratio
    result.targets.push({ what: `${name}: p99 is ${round(ratio)} x, at most 1.5 x`, holds: ratio <= 1.5 })
  }
  return result
}
