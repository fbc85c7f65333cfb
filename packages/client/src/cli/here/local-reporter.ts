import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { JobReporter } from '@signalbox/engine/job/port.ts'
import type { WorkflowReporter, WorkflowResult } from '@signalbox/engine/job/run-workflow.ts'
import type { Cli } from '../cli.ts'
import { lineText } from '../commands/log-printer.ts'
import { duration } from '../format.ts'
import { progress } from '../lamps.ts'
import { plain, plainLine } from '../style.ts'

/** A workflow that begins on this machine. */
export interface BegunRun {
  id: string
  workflow: Workflow
  event: string
  commit: string
  ref: string
  sandbox: string
}

/** Who tells a person or a program of a run on this machine. Of several workflows one ends before the next begins. */
export interface LocalReporter extends WorkflowReporter {
  begin(run: BegunRun): void
  end(result: WorkflowResult): void
}

/** Prints a run of this machine as it happens: a heading for each step, its lines, and how it ended. */
export function textReporter(cli: Cli): LocalReporter {
  const { style } = cli
  let file = ''
  let severalJobs = false
  function job(key: string): JobReporter {
    const prefix = severalJobs ? `${style.dim(`${plainLine(key)} |`)} ` : ''
    const names = new Map<number, string>()
    let shown: number | undefined
    /** Says whose lines come next, where steps run beside each other. */
    const turnTo = (step: number) => {
      if (step === shown) return
      shown = step
      cli.out(`${prefix}${style.bold(`▸ ${step} ${plainLine(names.get(step) ?? '')}`)}\n`)
    }
    return {
      async stepStarted(step) {
        names.set(step.number, step.name)
        turnTo(step.number)
      },
      async log(step, lines) {
        if (lines.length > 0) turnTo(step)
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
        turnTo(step.number)
        cli.out(`${prefix}  ${progress('completed', step.conclusion, style)} ${time}${forgiven}${why}\n`)
      },
    }
  }
  return {
    begin({ workflow }) {
      file = workflow.file
      severalJobs = workflow.jobs.length > 1 || workflow.jobs.some((one) => one.strategy || one.call)
    },
    job,
    async jobCompleted(key, result) {
      const why = result.reason ? `: ${plain(result.reason)}` : ''
      cli.out(`${style.bold(plainLine(key))} ${progress('completed', result.conclusion, style)}${why}\n`)
    },
    end({ conclusion }) {
      cli.out(`${plainLine(file)} ${progress('completed', conclusion, style)}\n`)
    },
  }
}
