import { newId } from '@signalbox/core/base/ids.ts'
import type { LocalRunLine } from '@signalbox/core/contract/local-run.ts'
import { type ForecastJob, forecast } from '@signalbox/core/plan/forecast.ts'
import { jobAt } from '@signalbox/core/plan/job-path.ts'
import type { Step } from '@signalbox/core/workflow/model.ts'
import { stepTitle } from '@signalbox/core/workflow/step-title.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { plainLine } from '../style.ts'
import { legFilter } from './matrix-filter.ts'
import type { ReadWorkflow } from './run-here.ts'
import type { RunHere } from './run-options.ts'
import { contextsOfRun } from './run-request.ts'

/** Shows what would run if every job succeeded, and runs nothing; answers the exit code. */
export function dryRun(cli: Cli, wish: RunHere, read: readonly ReadWorkflow[]): number {
  for (const one of read) {
    const { workflow, event, found } = one
    const { inputs, github } = contextsOfRun(wish, {
      ...{ workflow, event, root: found.root },
      // Neither is asked for: making the commit writes objects.
      commit: '',
      ref: '',
    })
    const jobs = forecast(workflow, {
      contexts: { github, inputs, vars: wish.vars },
      wantsLeg: legFilter(wish.matrix).wants,
    })
    if (wish.json) for (const line of linesOf(one, jobs)) cli.json(line, { line: true })
    else cli.out(textOf(cli, one, jobs))
  }
  return exitCodes.ok
}

function textOf(cli: Cli, { workflow, event }: ReadWorkflow, jobs: readonly ForecastJob[]): string {
  const { style } = cli
  const lines = [`${style.bold(plainLine(workflow.file))} on ${event}`]
  for (const { name, job, settled, uncertain } of jobs) {
    const after = job.needs.length > 0 ? style.dim(` after ${job.needs.join(', ')}`) : ''
    const perhaps = uncertain ? style.dim(' (decided while it runs)') : ''
    const how = settled && !uncertain ? style.dim(` ${settled.conclusion}: ${plainLine(settled.reason)}`) : ''
    lines.push(`  ${settled ? style.dim('-') : style.blue('○')} ${plainLine(name)}${after}${perhaps}${how}`)
    if (settled) continue
    for (const step of job.steps) {
      const when = step.if ? style.dim(` if ${plainLine(step.if.expression)}`) : ''
      lines.push(`      ${step.number} ${nameOf(step, job.steps)}${when}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function nameOf(step: Step, steps: readonly Step[]): string {
  return plainLine(step.name?.source ?? stepTitle(step, steps))
}

function linesOf({ workflow, event }: ReadWorkflow, jobs: readonly ForecastJob[]): LocalRunLine[] {
  const run = `plan-${newId().slice(-12)}`
  const open = { status: 'planned' as const, conclusion: null, durationMs: null }
  const name = workflow.name ?? workflow.file
  return [
    {
      ...{ type: 'run', protocol: 1, run, workflow: workflow.file, name, event },
      ...{ commit: null, ref: '', sandbox: null, ...open },
    },
    ...jobs.flatMap(({ name: job, job: { steps }, settled, uncertain }): LocalRunLine[] => {
      const needs = jobAt(workflow, job)?.needs ?? []
      if (settled && !uncertain) {
        const { conclusion, reason } = settled
        return [{ type: 'job', run, job, needs, status: 'completed', conclusion, durationMs: null, reason }]
      }
      return [
        { type: 'job', run, job, needs, ...open },
        ...steps.map((step): LocalRunLine => {
          return {
            type: 'step',
            run,
            job,
            step: step.number,
            name: nameOf(step, steps),
            outcome: null,
            ...open,
          }
        }),
      ]
    }),
  ]
}
