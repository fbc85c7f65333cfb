import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Diagnostic, formatDiagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ProjectCard, ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import { z } from 'zod'
import { addCommand, addGroup, type Family } from '../add-command.ts'
import type { Cli } from '../cli.ts'
import { ago, shortCommit, table } from '../format.ts'
import { shortStrip, stateOf } from '../lamps.ts'
import { plain, plainLine } from '../style.ts'
import { assignSettings, listSettings } from './settings-path.ts'

/** `project list | add | show | settings | workflow | remove`. */
export function addProjectCommands({ program, cli, outcome }: Family): void {
  const group = addGroup(program, 'project', 'Add projects, look at them and change their settings.')
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List all projects.',
    examples: ['signalbox project list', 'signalbox project list --json'],
    async run({ json }) {
      const answer = await cli.api().call('listProjects')
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out('No project yet. Add one: signalbox project add PATH\n')
      cli.out(
        table([['PROJECT', 'NEWEST CHANGE', 'LIVE', 'OPEN'], ...answer.items.map((card) => row(cli, card))]),
      )
    },
  })
  addCommand(group, outcome, {
    usage: 'add <source>',
    summary: 'Mirror a repository (a path on this machine, or a URL) and make it a project.',
    details: 'With --sync, what is merged here is also pushed to the origin, fast-forward only.',
    flags: [
      ['--name <name>', 'what it is called; by default as the repository'],
      ['--sync', 'push merges to the origin too'],
    ],
    options: z.object({ name: z.string().optional(), sync: z.boolean().default(false) }),
    examples: [
      'signalbox project add .',
      'signalbox project add https://example.com/team/shop.git --name Shop --sync',
    ],
    async run({ args: [source = ''], options, json }) {
      const project = await cli
        .api()
        .call('createProject', { body: { source: sourceOf(cli, source), ...options } })
      if (json) return cli.json(project)
      cli.out(`Added ${project.slug} from ${plainLine(project.originUrl ?? source)}\n`)
      cli.out(cli.style.dim(`Next: signalbox goal "…" --project ${project.slug}\n`))
    },
  })
  addCommand(group, outcome, {
    usage: 'show <project>',
    summary: 'Show one project.',
    examples: ['signalbox project show sample'],
    async run({ args: [project = ''], json }) {
      const detail = await cli.api().call('getProject', { params: { project } })
      if (json) cli.json(detail)
      else cli.out(projectText(cli, detail))
    },
  })
  addCommand(group, outcome, {
    usage: 'settings <project>',
    summary: 'Show the settings of a project, or change them.',
    details:
      'Paths are those that it prints. Lists are written a,b or as JSON; an empty value takes a variable out.',
    flags: [['--set <path=value...>', 'change one setting; may be given again']],
    options: z.object({ set: z.array(z.string()).default([]) }),
    examples: [
      'signalbox project settings sample',
      "signalbox project settings shop --set validation.testCommand='npm test' --set validation.port=4000",
      'signalbox project settings shop --set autoMerge=true --set validation.environmentVariables.NODE_ENV=test',
    ],
    async run({ args: [project = ''], options, json }) {
      let detail = await cli.api().call('getProject', { params: { project } })
      if (options.set.length > 0) {
        const settings = assignSettings(detail.settings, options.set)
        const body = { fence: detail.fence, settings }
        detail = await cli.api().call('updateProject', { params: { project }, body })
      }
      if (json) return cli.json(detail.settings)
      const shown = listSettings(detail.settings).map(([path, value]) => [
        path,
        typeof value === 'string'
          ? plainLine(value) || cli.style.dim('(none)')
          : plainLine(JSON.stringify(value)),
      ])
      cli.out(table(shown))
    },
  })
  addCommand(group, outcome, {
    usage: 'try <project>',
    summary: 'Run its set-up, build, test and start on a branch, to see whether they are right.',
    flags: [['--branch <name>', 'the default branch without it']],
    options: z.object({ branch: z.string().optional() }),
    examples: ['signalbox project try shop', 'signalbox project try shop --branch next'],
    async run({ args: [project = ''], options, json }) {
      const run = await cli
        .api()
        .call('tryValidation', { params: { project }, body: { branch: options.branch } })
      if (json) return cli.json(run)
      cli.out(`Run #${run.number} on ${plainLine(run.ref)}.\n`)
      cli.out(cli.style.dim(`Next: signalbox logs run:${run.number} --project ${run.projectSlug} --follow\n`))
    },
  })
  addCommand(group, outcome, {
    usage: 'workflow <project>',
    summary: 'Print the workflow by which its pull requests are proven.',
    details: 'What is wrong with it goes to standard error; then it ends with 1.',
    examples: ['signalbox project workflow sample', 'signalbox project workflow shop > validate.yml'],
    async run({ args: [project = ''], json }) {
      const answer = await cli.api().call('getValidationWorkflow', { params: { project } })
      if (json) cli.json(answer)
      else {
        cli.out(`${plain(answer.text).trimEnd()}\n`)
        cli.err(
          cli.style.dim(
            `# ${answer.file}, ${answer.source === 'generated' ? 'made from the settings' : 'from the repository'}\n`,
          ),
        )
        for (const diagnostic of answer.diagnostics) cli.err(`${diagnosticText(diagnostic)}\n`)
      }
      return answer.diagnostics.some((d) => d.severity === 'error') ? 1 : 0
    },
  })
  addCommand(group, outcome, {
    usage: 'remove <project>',
    summary: 'Take a project off; its live release is stopped.',
    flags: [['--confirm <slug>', 'its name once more']],
    options: z.object({ confirm: z.string().optional() }),
    examples: ['signalbox project remove shop --confirm shop'],
    async run({ args: [project = ''], options, json }) {
      const { slug } = await cli.api().call('getProject', { params: { project } })
      const asked = options.confirm === undefined && cli.interactive
      const given = asked ? await cli.ask(`Type ${slug} to remove it: `) : options.confirm
      if (given !== slug) {
        throw new Failure('usage', 'Removing a project needs its name once more.', {
          hint: `signalbox project remove ${slug} --confirm ${slug}`,
        })
      }
      const answer = await cli.api().call('deleteProject', { params: { project }, body: { confirm: given } })
      if (json) cli.json(answer)
      else cli.out(`Removed ${project}.\n`)
    },
  })
}

/** A path of this machine is meant from where the person stands. */
function sourceOf(cli: Cli, source: string): string {
  const path = resolve(cli.cwd, source)
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  return isFolder || /^(\.|\/|~)/.test(source) ? path : source
}

function row(cli: Cli, card: ProjectCard): string[] {
  const change = card.newestChange
  return [
    cli.style.bold(card.slug),
    change
      ? `#${change.number} ${shortStrip(change.strip, cli.style)} ${stateOf(change)}`
      : cli.style.dim('none'),
    card.live
      ? `${shortCommit(card.live.commit)} ${ago(card.live.liveAt, cli.now())}`
      : cli.style.dim('none'),
    String(card.openChanges),
  ]
}

function projectText(cli: Cli, detail: ProjectDetail): string {
  const change = detail.newestChange
  const rows = [
    ['name', plainLine(detail.name)],
    ['branch', `${plainLine(detail.defaultBranch)} at ${shortCommit(detail.headCommit)}`],
    [
      'origin',
      detail.originUrl ? `${plainLine(detail.originUrl)}${detail.sync ? ' (merges are pushed)' : ''}` : '-',
    ],
    ...(detail.syncProblem ? [['apart', plainLine(detail.syncProblem)]] : []),
    ['clone', detail.cloneUrl],
    ['changes', `${detail.openChanges} open`],
    ['newest', change ? `#${change.number} ${stateOf(change)}: ${plainLine(change.title)}` : '-'],
    ['live', detail.live ? `${shortCommit(detail.live.commit)} at ${detail.live.url ?? '-'}` : '-'],
    [
      'validations',
      detail.recentValidations.map((green) => (green ? cli.style.green('✓') : cli.style.red('✗'))).join('') ||
        '-',
    ],
    ['auto-merge', detail.settings.autoMerge ? 'on' : 'off'],
  ]
  const goals = detail.exampleGoals.map(
    (goal) => `  signalbox goal ${JSON.stringify(plainLine(goal))} --project ${detail.slug}\n`,
  )
  return `${cli.style.bold(detail.slug)}\n${table(rows)}${goals.length > 0 ? `Try:\n${goals.join('')}` : ''}`
}

/** A diagnostic of the server, made harmless for the terminal. */
export function diagnosticText(diagnostic: Diagnostic): string {
  return plain(formatDiagnostic(diagnostic))
}
