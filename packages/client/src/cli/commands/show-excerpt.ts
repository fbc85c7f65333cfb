import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { createLogPrinter } from './log-printer.ts'
import { chooseJobs } from './show-log.ts'

/** A part of each job's log, as far as a budget of tokens goes. */
export interface ExcerptWish {
  runId: string
  job: string | undefined
  step: number | undefined
  mode: 'tail' | 'search' | 'error'
  /** Of `search`. */
  text?: string
  tokens: number
  json: boolean
}

/** Prints the part of a run's log that is wanted; around errors only that of jobs that failed. */
export async function showExcerpt(cli: Cli, wish: ExcerptWish): Promise<number> {
  const run = await cli.api().call('getRun', { params: { run: wish.runId } })
  const { mode, text, tokens, step } = wish
  const failed = (conclusion: string | null) => conclusion === 'failure' || conclusion === 'timed_out'
  const chosen = chooseJobs(run, wish.job)
  const jobs =
    mode === 'error' && wish.job === undefined ? chosen.filter((job) => failed(job.conclusion)) : chosen
  const printer = createLogPrinter(cli, { json: wish.json, severalJobs: jobs.length > 1, step: undefined })
  let shown = 0
  for (const job of jobs) {
    const found = await cli.api().call('getLogExcerpt', {
      params: { job: job.id },
      query: { mode, text, tokens, step },
    })
    printer.lines(job, found.attempt, found.lines)
    shown += found.lines.length
    if (found.truncated && !wish.json)
      cli.out(cli.style.dim(`(${job.key}: more than ${tokens} tokens; --tokens shows more)\n`))
  }
  if (shown === 0 && !wish.json) cli.out(nothing(wish, jobs.length))
  return exitCodes.ok
}

function nothing({ mode, text }: ExcerptWish, jobs: number): string {
  if (mode === 'search') return `No line has "${text}".\n`
  return jobs === 0 ? 'No job failed.\n' : 'There is no line.\n'
}
