import { Failure } from '@signalbox/core/base/failure.ts'
import type { JobView, RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { followEvents, followLog } from '../../api/follow.ts'
import { type Cli, liveConnection } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { progress } from '../lamps.ts'
import { plain } from '../style.ts'
import { createLogPrinter, type LogPrinter } from './log-printer.ts'

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
  const severalJobs = jobs.length > 1 || jobs.some((job) => typeof job.calls === 'string')
  const printer = createLogPrinter(cli, { ...wish, severalJobs, step: wish.step })
  const places = new Map<string, Place>()
  if (wish.follow && run.status !== 'completed') await followJobs(cli, { run, wish, places, printer })
  if (cli.signal.aborted) return exitCodes.interrupted
  const over = wish.follow ? await cli.api().call('getRun', { params: { run: wish.runId } }) : run
  for (const job of chooseJobs(over, wish.job)) await printRest(cli, job, places, printer)
  if (!wish.follow) return exitCodes.ok
  const why = over.reason ? `: ${plain(over.reason)}` : ''
  if (!wish.json)
    cli.out(`\nRun #${over.number} ${progress(over.status, over.conclusion, cli.style)}${why}\n`)
  return over.conclusion === 'success' ? exitCodes.ok : exitCodes.failed
}

/** The jobs of a key, itself and all that it called, or all. Failure `usage` that names those that there are. */
export function chooseJobs(run: RunDetail, key: string | undefined): JobView[] {
  if (key === undefined) return run.jobs
  const jobs = run.jobs.filter((one) => one.key === key || one.key.startsWith(`${key} / `))
  if (jobs.length > 0) return jobs
  throw new Failure('usage', `Run #${run.number} has no job "${key}".`, {
    hint: `Its jobs: ${run.jobs.map((one) => one.key).join(', ')}`,
  })
}

/** Follows all jobs side by side until the run is over; a job that is skipped never has a line. */
async function followJobs(
  cli: Cli,
  at: { run: RunDetail; wish: LogWish; places: Map<string, Place>; printer: LogPrinter },
): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([cli.signal, over.signal])
  // Steps get their names as they begin.
  const named = new Map<string, JobView>()
  const following: Promise<void>[] = []
  async function look(): Promise<boolean> {
    const now = await cli.api().call('getRun', { params: { run: at.run.id } })
    if (now.status !== 'completed') {
      take(now)
      return true
    }
    for (const job of now.jobs) if (named.has(job.id)) named.set(job.id, job)
    over.abort()
    return false
  }
  /** Legs of a matrix and jobs of a called workflow come while the run goes on. */
  function take(now: RunDetail): void {
    for (const job of chooseJobs(now, at.wish.job)) {
      if (!named.has(job.id) && typeof job.calls !== 'string') following.push(follow(job))
      named.set(job.id, job)
    }
  }
  async function follow(job: JobView): Promise<void> {
    await followLog(
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
    )
  }
  take(at.run)
  const watching = followEvents(liveConnection(cli), {
    onReady: look,
    onEvent: (event) => (event.runId === at.run.id ? look() : true),
  })
  try {
    // Those that come later are over when the run is; what one of them could not read is read in the end.
    await Promise.all([watching, ...following])
    await Promise.all(following)
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
