import { Failure } from '@signalbox/core/base/failure.ts'
import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { z } from 'zod'
import { addCommand, addGroup, type Family } from '../add-command.ts'
import type { Cli } from '../cli.ts'
import { findChange, findProject, findRun, orNone, parseReference } from '../find.ts'
import { ago, cut, shortCommit, spent, table } from '../format.ts'
import { progress } from '../lamps.ts'
import { plain, plainLine } from '../style.ts'
import { insightsText } from './insights-text.ts'
import { showExcerpt } from './show-excerpt.ts'
import { showLog } from './show-log.ts'

const projectFlag = ['--project <project>', 'where the number counts, when several projects have it'] as const
const Named = z.object({ project: z.string().optional() })

/** `runs list | show | cancel | rerun`, `logs` and `workflows`. */
export function addRunsCommands(family: Family): void {
  const { program, cli, outcome } = family
  const group = addGroup(program, 'runs', 'Look at runs of a server and cancel them.')
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List runs, newest first.',
    flags: [
      ['--project <project>', 'of one project only'],
      ['--limit <number>', 'how many, at most 200'],
      ['--before <id>', 'go on after this run: the "next" of an earlier answer'],
    ],
    options: Named.extend({ limit: z.string().default('50'), before: z.string().optional() }),
    examples: ['signalbox runs list', 'signalbox runs list --project shop --json'],
    async run({ options, json }) {
      const answer = await cli.api().call('listRuns', { query: options })
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out('No run yet.\n')
      const rows = answer.items.map((run) => [
        `#${run.number}`,
        run.projectSlug,
        run.kind,
        progress(run.status, run.conclusion, cli.style),
        spent(run.startedAt, run.completedAt, cli.now()),
        ago(run.createdAt, cli.now()),
        cut(plainLine(run.name), 50),
      ])
      cli.out(table([['RUN', 'PROJECT', 'KIND', 'STATE', 'TOOK', 'BEGAN', 'NAME'], ...rows]))
    },
  })
  addCommand(group, outcome, {
    usage: 'show <run>',
    summary: 'Show one run with its jobs and steps.',
    flags: [projectFlag, ['--workflow', 'print the workflow that ran, and nothing else']],
    options: Named.extend({ workflow: z.boolean().default(false) }),
    examples: ['signalbox runs show 31', 'signalbox runs show 31 --workflow'],
    async run({ args: [ref = ''], options, json }) {
      const id = await findRun(cli.api(), ref, options.project)
      const run = await cli.api().call('getRun', { params: { run: id } })
      if (json) cli.json(run)
      else cli.out(options.workflow ? `${plain(run.workflowText).trimEnd()}\n` : runText(cli, run))
    },
  })
  addCommand(group, outcome, {
    usage: 'insights',
    summary: 'Success rates, durations, common errors and flaky jobs of the last days.',
    flags: [
      ['--project <project>', 'of one project only'],
      ['--days <days>', 'how far back, at most 90'],
    ],
    options: Named.extend({ days: z.string().default('30') }),
    examples: ['signalbox runs insights', 'signalbox runs insights --project shop --days 7 --json'],
    async run({ options, json }) {
      const insights = await cli.api().call('getInsights', { query: options })
      if (json) cli.json(insights)
      else cli.out(insightsText(insights))
    },
  })
  addCommand(group, outcome, {
    usage: 'cancel <run>',
    summary: 'Stop a run; jobs and steps whose if holds after a cancel still run.',
    flags: [projectFlag, ['--force', 'end these too, at once']],
    options: Named.extend({ force: z.boolean().default(false) }),
    examples: ['signalbox runs cancel 31', 'signalbox runs cancel 31 --force'],
    async run({ args: [ref = ''], options, json }) {
      const id = await findRun(cli.api(), ref, options.project)
      const route = options.force ? 'forceCancelRun' : 'cancelRun'
      const run = await cli.api().call(route, { params: { run: id } })
      if (json) cli.json(run)
      else cli.out(`Run #${run.number}: ${progress(run.status, run.conclusion, cli.style)}\n`)
    },
  })
  addCommand(group, outcome, {
    usage: 'rerun <run>',
    summary: 'Run a completed run again that a person or an event started, as a new attempt.',
    flags: [
      projectFlag,
      ['--failed', 'only the jobs that did not succeed'],
      ['--job <key>', 'these, and this one with everything that needs it'],
    ],
    options: Named.extend({ failed: z.boolean().default(false), job: z.string().optional() }),
    examples: [
      'signalbox runs rerun 31',
      'signalbox runs rerun 31 --failed',
      'signalbox runs rerun 31 --job build',
    ],
    async run({ args: [ref = ''], options, json }) {
      const id = await findRun(cli.api(), ref, options.project)
      const { failed, job } = options
      const body = { jobs: failed ? ('failed' as const) : ('all' as const), job }
      const run = await cli.api().call('rerunRun', { params: { run: id }, body })
      if (json) cli.json(run)
      else cli.out(`Run #${run.number}: ${progress(run.status, run.conclusion, cli.style)}\n`)
    },
  })
  addReviews(family, group)
  addLogs(family)
  addWorkflows(family)
}

function addWorkflows({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'workflows',
    summary: 'List the workflow files of a project, what starts them and what is wrong with them.',
    flags: [
      ['-p, --project <project>', 'its name; needed when there is more than one'],
      ['--branch <branch>', 'of this branch instead of the default one'],
    ],
    options: Named.extend({ branch: z.string().optional() }),
    examples: ['signalbox workflows --project shop'],
    async run({ options, json }) {
      const { branch } = options
      const { slug: project } = await findProject(cli.api(), options.project)
      const answer = await cli.api().call('listWorkflows', { params: { project }, query: { branch } })
      if (json) return cli.json(answer)
      if (answer.items.length === 0)
        return cli.out(`No workflow file on ${branch ?? 'the default branch'}.\n`)
      for (const { file, on, inputs, diagnostics } of answer.items) {
        const wants = inputs.map((input) => `${input.name}${input.required ? '*' : ''}`).join(', ')
        cli.out(`${plainLine(file)}  ${cli.style.dim(plainLine(on.join(', ')))}\n`)
        if (wants !== '') cli.out(`  inputs: ${plainLine(wants)}\n`)
        for (const said of diagnostics) {
          cli.out(`  ${said.line}:${said.column}: ${said.severity}: ${plainLine(said.message)}\n`)
        }
      }
    },
  })
}

/** `runs approve | reject`. */
function addReviews({ cli, outcome }: Family, group: ReturnType<typeof addGroup>): void {
  for (const verb of ['approve', 'reject'] as const) {
    addCommand(group, outcome, {
      usage: `${verb} <run>`,
      summary: `${verb === 'approve' ? 'Let' : 'Do not let'} the jobs of a run that wait for an environment go there.`,
      flags: [
        ['--environment <name>', 'which; needed when its jobs wait for several'],
        ['--comment <text>', 'why, for the page of the run'],
        projectFlag,
      ],
      options: Named.extend({ environment: z.string().optional(), comment: z.string().default('') }),
      examples: [`signalbox runs ${verb} 31 --environment production`],
      async run({ args: [ref = ''], options, json }) {
        const api = cli.api()
        const id = await findRun(api, ref, options.project)
        const environment =
          options.environment ?? onlyEnvironment(await api.call('getRun', { params: { run: id } }))
        const decision = verb === 'approve' ? ('approved' as const) : ('rejected' as const)
        const body = { environment, decision, comment: options.comment }
        const run = await api.call('reviewEnvironment', { params: { run: id }, body })
        if (json) cli.json(run)
        else cli.out(`Run #${run.number}: ${decision} for ${plainLine(environment)}\n`)
      },
    })
  }
}

function onlyEnvironment(run: RunDetail): string {
  const names = run.jobs.flatMap(({ status, environment }) =>
    status === 'queued' && environment && environment.missing > 0 ? [environment.name] : [],
  )
  const [only, ...others] = new Set(names)
  if (only !== undefined && others.length === 0) return only
  throw new Failure('usage', only === undefined ? 'No job of this run waits for an approval.' : 'Name one.', {
    hint: only === undefined ? undefined : `--environment ${[only, ...others].join(' or ')}`,
  })
}

function addLogs({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'logs <run-or-change>',
    summary: 'Print the log of a run, or of the newest run of a change.',
    details:
      'A number is looked for among both; where both have it, write run:12 or change:12. With --follow it ends ' +
      'with 1 when the run did not succeed. As JSON: one object for each line.',
    flags: [
      ['-f, --follow', 'go on as it grows, until the run is over'],
      ['--job <key>', 'of one job only'],
      ['--step <number>', 'of one step only'],
      ['--tail', 'only the end of each job, as much as --tokens allows'],
      ['--search <text>', 'only lines with this text, and two around each'],
      ['--error', 'only what stands around the first error of each job that failed'],
      ['--tokens <number>', 'for these three: how much of each job, about four characters a token'],
      projectFlag,
    ],
    options: Named.extend({
      follow: z.boolean().default(false),
      job: z.string().optional(),
      step: z.coerce.number().int().min(0).optional(),
      tail: z.boolean().default(false),
      search: z.string().min(1).optional(),
      error: z.boolean().default(false),
      tokens: z.coerce.number().int().min(50).max(100_000).default(2000),
    }),
    examples: [
      'signalbox logs 31',
      'signalbox logs 31 --error --tokens 1000 --json',
      'signalbox logs change:12 --follow',
      'signalbox logs 31 --job test --step 3',
    ],
    async run({ args: [ref = ''], options, json }) {
      const runId = await findRunOrNewest(cli, ref, options.project)
      const { follow, job, step, tokens } = options
      const wish = excerptWish(options)
      if (wish && follow) {
        throw new Failure('usage', `--follow and --${wish.mode} exclude each other.`, {
          hint: 'Follow the whole log, or ask for a part of it once it is there.',
        })
      }
      if (wish) return showExcerpt(cli, { runId, job, step, tokens, json, ...wish })
      return showLog(cli, { runId, follow, job, step, json })
    },
  })
}

/** Which part of the log the flags ask for; undefined: the whole. */
function excerptWish(options: { tail: boolean; search?: string | undefined; error: boolean }) {
  const asked = [
    ...(options.tail ? [{ mode: 'tail' as const }] : []),
    ...(options.error ? [{ mode: 'error' as const }] : []),
    ...(options.search === undefined ? [] : [{ mode: 'search' as const, text: options.search }]),
  ]
  if (asked.length < 2) return asked[0]
  throw new Failure('usage', '--tail, --search and --error exclude each other.', {
    hint: 'Give one of them.',
  })
}

/** The run that is meant: named itself, or the newest one of the change that is named. */
async function findRunOrNewest(cli: Cli, text: string, project: string | undefined): Promise<string> {
  const [, kind, rest = ''] = /^(?:(run|change):)?(.*)$/.exec(text) ?? []
  parseReference(rest)
  const api = cli.api()
  const isRun = kind === 'change' ? undefined : await orNone(findRun(api, rest, project).then(existingRun))
  const isChange = kind === 'run' ? undefined : await orNone(findChange(api, rest, project).then(newestRun))
  if (isRun && isChange) {
    throw new Failure('usage', `Both a run and a change are called ${rest}.`, {
      hint: `Write run:${rest.replace('#', '')} or change:${rest.replace('#', '')}.`,
    })
  }
  const found = isRun ?? isChange
  if (found) return found
  throw new Failure('not-found', `There is no run and no change called ${rest}.`, {
    hint: 'See "signalbox runs list" and "signalbox change list".',
  })

  async function existingRun(id: string): Promise<string> {
    return (await api.call('getRun', { params: { run: id } })).id
  }
  async function newestRun(id: string): Promise<string> {
    const change = await api.call('getChange', { params: { change: id } })
    const newest = change.runs.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt)).at(-1)
    if (newest) return newest.id
    throw new Failure('no-run', `Change #${change.number} has no run yet.`, {
      hint: `Follow it: signalbox change watch ${change.number} --project ${change.projectSlug}`,
    })
  }
}

function runText(cli: Cli, run: RunDetail): string {
  const { style } = cli
  const took = spent(run.startedAt, run.completedAt, cli.now())
  const lines = [
    `${style.bold(`Run #${run.number} ${plainLine(run.name)}`)}  ${style.dim(`${run.projectSlug} · ${run.id}`)}`,
    `${progress(run.status, run.conclusion, style)}  ${took}  ${shortCommit(run.commit)} of ${plainLine(run.ref)}`,
  ]
  if (run.reason) lines.push(plain(run.reason))
  if (run.waitsFor) lines.push(plain(run.waitsFor))
  for (const job of run.jobs) {
    const state = progress(job.status, job.conclusion, style)
    lines.push(
      '',
      `${style.bold(plainLine(job.name))}  ${state}  ${spent(job.startedAt, job.completedAt, cli.now())}`,
    )
    if (job.reason) lines.push(`  ${plainLine(job.reason)}`)
    if (job.environment?.url)
      lines.push(`  ${plainLine(job.environment.name)}: ${plainLine(job.environment.url)}`)
    if (job.waitsFor) lines.push(`  ${plainLine(job.waitsFor)}`)
    for (const step of job.steps) {
      const why = step.reason ? `  ${cut(plainLine(step.reason), 80)}` : ''
      const time = spent(step.startedAt, step.completedAt, cli.now())
      const stepState = progress(step.status, step.conclusion, style)
      lines.push(`  ${step.number}  ${stepState}  ${plainLine(step.name)}  ${style.dim(time)}${why}`)
    }
  }
  lines.push('', style.dim(`Next: signalbox logs run:${run.number} --project ${run.projectSlug}`))
  return `${lines.join('\n')}\n`
}
