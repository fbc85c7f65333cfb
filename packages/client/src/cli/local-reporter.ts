import type { JobReporter, JobResult } from '@signalbox/engine/job/port.ts'
import type { WorkflowReporter } from '@signalbox/engine/job/run-workflow.ts'
import type { Cli } from './cli.ts'
import { duration } from './format.ts'
import { progress } from './lamps.ts'
import { lineText } from './log-printer.ts'
import { plain, plainLine } from './style.ts'

/** Prints a run of this machine as it happens: a heading for each step, its lines, and how it ended. */
export function textReporter(cli: Cli, options: { severalJobs: boolean }): WorkflowReporter {
  const { style } = cli
  const prefixOf = (key: string) => (options.severalJobs ? `${style.dim(`${key} |`)} ` : '')
  function job(key: string): JobReporter {
    const prefix = prefixOf(key)
    return {
      async stepStarted(step) {
        cli.out(`${prefix}${style.bold(`▸ ${step.number} ${plainLine(step.name)}`)}\n`)
      },
      async log(_step, lines) {
        cli.out(lines.map((line) => `${prefix}  ${lineText(cli, line)}\n`).join(''))
      },
      async summary(_step, text) {
        const lines = text.trimEnd().split('\n')
        cli.out(lines.map((line) => `${prefix}  ${style.dim('│')} ${plainLine(line)}\n`).join(''))
      },
      async stepCompleted(step) {
        const why = step.reason ? `: ${plainLine(step.reason)}` : ''
        const time = style.dim(duration(step.durationMs))
        const forgiven = step.outcome !== step.conclusion ? style.dim(` (was ${step.outcome}, goes on)`) : ''
        if (step.conclusion === 'skipped') {
          cli.out(`${prefix}${style.dim(`- ${step.number} ${plainLine(step.name)} skipped`)}\n`)
          return
        }
        cli.out(`${prefix}  ${progress('completed', step.conclusion, style)} ${time}${forgiven}${why}\n`)
      },
    }
  }
  return {
    job,
    async jobCompleted(key, result) {
      const why = result.reason ? `: ${plain(result.reason)}` : ''
      cli.out(`${style.bold(key)} ${progress('completed', result.conclusion, style)}${why}\n`)
    },
  }
}

/** Prints the same as JSON, one object for each thing that happens, each with a `type`. */
export function jsonReporter(cli: Cli): WorkflowReporter {
  const say = (type: string, fields: object) => cli.json({ type, ...fields }, { line: true })
  return {
    job: (key) => ({
      async stepStarted(step) {
        say('step_started', { job: key, ...step })
      },
      async log(step, lines) {
        for (const line of lines) say('log', { job: key, step, ...line })
      },
      async annotation(step, annotation) {
        say('annotation', { job: key, step, ...annotation })
      },
      async summary(step, text) {
        say('summary', { job: key, step, text })
      },
      async stepCompleted(step) {
        say('step_completed', { job: key, ...step })
      },
    }),
    async jobCompleted(key: string, result: JobResult) {
      say('job_completed', { job: key, ...result })
    },
  }
}
