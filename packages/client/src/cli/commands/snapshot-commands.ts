import { Failure } from '@signalbox/core/base/failure.ts'
import type { SnapshotView } from '@signalbox/core/contract/views/snapshots.ts'
import { z } from 'zod'
import type { Api } from '../../api/create-api.ts'
import { openShell } from '../../api/open-shell.ts'
import { addCommand, addGroup, type Family } from '../add-command.ts'
import { type Cli, confirm } from '../cli.ts'
import { findProject, findRun, orNone, parseReference } from '../find.ts'
import { ago, cut, table } from '../format.ts'
import { plainLine } from '../style.ts'

const projectFlag = ['-p, --project <project>', 'its name; needed when there is more than one'] as const
const Named = z.object({ project: z.string().optional() })

/** `shell` and `snapshots list | delete`. */
export function addSnapshotCommands(family: Family): void {
  const { program, cli, outcome } = family
  addCommand(program, outcome, {
    usage: 'shell <run-or-job>',
    summary: 'Open a shell where a step failed.',
    details:
      'In a copy of the workspace as the failed job left it, without network and without secrets. What you ' +
      'change there is gone when the shell ends. Ends with the exit code of the shell.',
    flags: [['--project <project>', 'where the number counts, when several projects have it']],
    options: Named,
    examples: ['signalbox shell 31', 'signalbox shell 0199c0de-0000-7000-8000-000000000001'],
    json: false,
    async run({ args: [ref = ''], options }) {
      return await shell(cli, ref, options.project)
    },
  })
  const group = addGroup(
    program,
    'snapshots',
    'Look at kept installs and states of failed jobs; delete them.',
  )
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List what is kept of a project, the last used first.',
    flags: [projectFlag],
    options: Named,
    examples: ['signalbox snapshots list', 'signalbox snapshots list --project shop --json'],
    async run({ options, json }) {
      const { slug } = await findProject(cli.api(), options.project)
      const answer = await cli.api().call('listSnapshots', { params: { project: slug } })
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out('Nothing is kept.\n')
      cli.out(
        table([['SNAPSHOT', 'KIND', 'SIZE', 'USES', 'LAST USED', 'FOR', 'OF'], ...rows(cli, answer.items)]),
      )
      cli.out(`${answer.items.length} in all, ${megabytes(answer.totalBytes)}\n`)
    },
  })
  addCommand(group, outcome, {
    usage: 'delete <snapshot>',
    summary: 'Forget a snapshot that nothing stands on; the next run installs anew.',
    flags: [projectFlag, ['--yes', 'do not ask']],
    options: Named.extend({ yes: z.boolean().optional() }),
    examples: ['signalbox snapshots delete 0199c0de-0000-7000-8000-000000000002'],
    async run({ args: [snapshot = ''], options, json }) {
      const { slug } = await findProject(cli.api(), options.project)
      await confirm(cli, `Delete the snapshot ${snapshot}?`, options.yes)
      const answer = await cli.api().call('deleteSnapshot', { params: { project: slug, snapshot } })
      if (json) cli.json(answer)
      else cli.out('Deleted.\n')
    },
  })
}

function rows(cli: Cli, items: SnapshotView[]): string[][] {
  return items.map((item) => [
    item.id,
    item.kind === 'install' ? 'install' : 'failed job',
    megabytes(item.sizeBytes),
    String(item.hits),
    item.inUse ? 'in use' : ago(item.lastUsedAt, cli.now()),
    item.changeId === null ? 'all' : 'one change',
    cut(plainLine(item.kind === 'install' ? item.command : (item.jobId ?? '')), 40),
  ])
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

async function shell(cli: Cli, ref: string, project: string | undefined): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new Failure('usage', 'A shell needs a terminal on standard input and output.', {
      hint: 'Call it from a terminal, or open the shell in the dashboard on the page of the run.',
    })
  }
  const api = cli.api()
  const job = await jobOf(api, ref, project)
  const state = await api.call('getShell', { params: { job } })
  if (!state.available) {
    throw new Failure('no-state', state.reason ?? 'No shell can be opened there.', {
      ...(state.hint === null ? {} : { hint: state.hint }),
    })
  }
  cli.err(
    cli.style.dim(`A copy of the workspace${state.step ? ` as "${plainLine(state.step)}" left it` : ''}, `),
  )
  cli.err(cli.style.dim('without network. Ctrl-D ends it, and what you change goes with it.\n'))
  const { stdin, stdout } = process
  const { baseUrl, token } = api
  const end = await openShell({ baseUrl, token, job, stdin, stdout, signal: cli.signal })
  if (end.reason) cli.err(`${plainLine(end.reason)}\n`)
  return end.code ?? 1
}

/** An id may be that of a run or of a job; of a run it is the first job that failed. */
async function jobOf(api: Api, ref: string, project: string | undefined): Promise<string> {
  const reference = parseReference(ref)
  const id = 'id' in reference ? reference.id : await findRun(api, ref, project)
  const run = await orNone(api.call('getRun', { params: { run: id } }))
  if (!run) return id
  const failed = run.jobs.find(({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out')
  if (failed) return failed.id
  throw new Failure('no-state', `No job of run #${run.number} failed, so nothing was kept.`)
}
