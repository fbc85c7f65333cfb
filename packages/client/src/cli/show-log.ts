import { Failure } from '@signalbox/core/base/failure.ts'
import type { JobView, RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { followEvents, followLog } from '../api/follow.ts'
import { type Cli, liveConnection } from './cli.ts'
import { exitCodes } from './exit-code.ts'
import { progress } from './lamps.ts'
import { createLogPrinter, type LogPrinter } from './log-printer.ts'
import { plain } from './style.ts'

const pageLines = 5000

/** Which part of a run's log is wanted, and how. */
export interface LogWish {
  runId: string
  job?: string
  step?: number
  follow: boolean
  json: boolean
}

/** Where the reading of one job's log stands. */
interface Place {
  attempt: number | undefined
  after: number
}

/** Prints the log of a run; with `follow` as it grows, until the run is over. Answers the exit code. */
export async function showLog(cli: Cli, wish: LogWish): Promise<number> {
  const run = await cli.api().call('getRun', { params: { run: wish.runId } })
  const jobs = chooseJobs(run, wish.job)
  const printer = createLogPrinter(cli, { ...wish, severalJobs: jobs.length > 1, step: wish.step })
  const places = new Map(jobs.map((job): [string, Place] => [job.id, { attempt: undefined, after: 0 }]))
  if (wish.follow && run.status !== 'completed') await followJobs(cli, { run, jobs, places, printer })
  if (cli.signal.aborted) return exitCodes.interrupted
  for (const job of jobs) await printRest(cli, job, places, printer)
  if (!wish.follow) return exitCodes.ok
  const over = await cli.api().call('getRun', { params: { run: wish.runId } })
  const why = over.reason ? `: ${plain(over.reason)}` : ''
  if (!wish.json)
    cli.out(`\nRun #${over.number} ${progress(over.status, over.conclusion, cli.style)}${why}\n`)
  return over.conclusion === 'success' ? exitCodes.ok : exitCodes.failed
}

/** The jobs whose log is wanted. Failure `usage` that names those that there are. */
export function chooseJobs(run: RunDetail, key: string | undefined): JobView[] {
  if (key === undefined) return run.jobs
  const job = run.jobs.find((one) => one.key === key)
  if (job) return [job]
  throw new Failure('usage', `Run #${run.number} has no job "${key}".`, {
    hint: `Its jobs: ${run.jobs.map((one) => one.key).join(', ')}`,
  })
}

/** Follows all jobs side by side until the run is over; a job that is skipped never has a line. */
async function followJobs(
  cli: Cli,
  at: { run: RunDetail; jobs: JobView[]; places: Map<string, Place>; printer: LogPrinter },
): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([cli.signal, over.signal])
  // Steps get their names as they begin.
  const named = new Map(at.jobs.map((job) => [job.id, job]))
  async function look(): Promise<boolean> {
    const now = await cli.api().call('getRun', { params: { run: at.run.id } })
    for (const job of now.jobs) if (named.has(job.id)) named.set(job.id, job)
    if (now.status !== 'completed') return true
    over.abort()
    return false
  }
  const following = at.jobs.map((job) =>
    followLog(
      { ...liveConnection(cli, signal), onRetry: undefined },
      {
        job: job.id,
        async onLines(lines, attempt) {
          const steps = named.get(job.id)?.steps ?? []
          if (lines.some((line) => !steps.some((step) => step.number === line.step))) await look()
          at.printer.lines(named.get(job.id) ?? job, attempt, lines)
          at.places.set(job.id, { attempt, after: lines.at(-1)?.n ?? 0 })
        },
      },
    ),
  )
  const watching = followEvents(liveConnection(cli), {
    onReady: look,
    onEvent: (event) => (event.runId === at.run.id ? look() : true),
  })
  try {
    await Promise.all([watching, ...following])
  } finally {
    over.abort()
  }
}

/** What stands behind the lines already printed, page by page. */
async function printRest(
  cli: Cli,
  job: JobView,
  places: Map<string, Place>,
  printer: LogPrinter,
): Promise<void> {
  let { attempt, after } = places.get(job.id) ?? { attempt: undefined, after: 0 }
  for (;;) {
    const query = { attempt, after, limit: pageLines }
    const page = await cli.api().call('getJobLog', { params: { job: job.id }, query })
    printer.lines(job, page.attempt, page.lines)
    attempt = page.attempt
    after = page.lines.at(-1)?.n ?? after
    if (!page.more || page.lines.length === 0) return
  }
}
