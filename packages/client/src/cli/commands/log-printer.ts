import type { JobView, LogLineView } from '@signalbox/core/contract/views/runs.ts'
import type { Cli } from '../cli.ts'
import { logText, plainLine } from '../style.ts'

/** Prints lines of several jobs; where several are shown, each line says whose it is. */
export interface LogPrinter {
  lines(job: JobView, attempt: number, lines: readonly LogLineView[]): void
}

/** A printer for people (a heading for each step) or for programs (one JSON object a line). */
export function createLogPrinter(
  cli: Cli,
  options: { json: boolean; severalJobs: boolean; step: number | undefined },
): LogPrinter {
  let heading = ''
  return {
    lines(job, attempt, lines) {
      for (const line of lines) {
        if (options.step !== undefined && line.step !== options.step) continue
        if (options.json) {
          cli.json({ job: job.key, jobId: job.id, attempt, ...line }, { line: true })
          continue
        }
        const prefix = options.severalJobs ? `${cli.style.dim(`${job.key} |`)} ` : ''
        const here = `${job.id}/${attempt}/${line.step}`
        if (here !== heading) cli.out(`${prefix}${headingOf(cli, job, line.step, attempt)}\n`)
        heading = here
        cli.out(`${prefix}${lineText(cli, line)}\n`)
      }
    },
  }
}

function headingOf(cli: Cli, job: JobView, step: number, attempt: number): string {
  const name = job.steps.find((one) => one.number === step)?.name
  const again = attempt > 1 ? ` (attempt ${attempt})` : ''
  return cli.style.bold(`▸ ${step}${name ? ` ${plainLine(name)}` : ''}${again}`)
}

/** One line of a log as a terminal may show it. */
export function lineText(
  cli: Pick<Cli, 'style' | 'colors'>,
  line: Pick<LogLineView, 'stream' | 'text'>,
): string {
  const text = logText(line.text, cli.colors)
  return line.stream === 'system' ? cli.style.dim(text) : text
}
