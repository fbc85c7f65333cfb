import { Failure } from '@signalbox/core/base/failure.ts'
import type { z } from 'zod'
import { addCommand, type Family } from '../add-command.ts'
import type { Cli } from '../cli.ts'
import { inputsOf, RunOptions, runWish } from './run-options.ts'

/** `run`: on this machine, or with --project on a server. */
export function addRunCommand({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'run [workflow...]',
    summary: 'Run workflows of a checkout on this machine, or one of a project on a server.',
    details:
      'Without --project it needs no server: the checkout as it stands, uncommitted changes included, runs in a ' +
      'sandbox here. WORKFLOW is a file, or the name of one in .signalbox/workflows or .github/workflows; without ' +
      'one, each workflow that the event triggers, one after the other. What is wrong with a file is printed as ' +
      'file:line:column before anything runs. Ends with 0 (success, or all skipped), 1 (a job failed), 2 (a ' +
      'workflow or the command line is wrong), 3 (this machine lacks something) or 130 (cancelled). As JSON: one ' +
      'object for each thing that happens. Runs of a server: signalbox runs.',
    flags: [
      ['--event <name>', 'the event that happened: push by default'],
      ['--payload <file>', 'its payload, github.event: a file with a JSON object'],
      ['--job <key>', 'only this job and what it needs; on a server with --wait: only its log', 'repeatable'],
      ['--input <name=value>', 'an input that the workflow declares', 'repeatable'],
      ['--secret <name[=value]>', 'a secret; NAME alone takes the variable of that name here', 'repeatable'],
      ['--var <name=value>', 'a variable of the vars context', 'repeatable'],
      ['--env <name=value>', 'a variable for all steps', 'repeatable'],
      ['--matrix <key:value>', 'only legs with this value, where a matrix has the key', 'repeatable'],
      ['--sandbox <name>', 'bubblewrap, unshare, or host: no isolation at all, and the fastest'],
      ['--allow <host...>', 'a host that the sandbox may reach too'],
      ['--actions-dir <dir>', 'a folder of actions, named owner/repo@ref; above the built-in ones'],
      ['--concurrency <n>', 'how many jobs run at once; by default as many as there are cores, at most 4'],
      ['--dry-run', 'show what would run, and run nothing'],
      ['--dir <dir>', 'the checkout; by default the current folder'],
      ['--project <project>', 'on the server instead: a workflow of its default branch'],
      ['--branch <branch>', 'with --project: of this branch; another than the default one gets no secrets'],
      ['--wait', 'with --project: follow the log to the end'],
    ],
    options: RunOptions,
    examples: [
      'signalbox run',
      'signalbox run test --job unit --matrix node:24',
      'signalbox run --event pull_request --payload event.json --dry-run',
      'NPM_TOKEN=… signalbox run .github/workflows/ci.yml --secret NPM_TOKEN --allow npm.pkg.github.com',
      'signalbox run .signalbox/workflows/nightly.yml --project shop --wait',
    ],
    async run({ args, options, json }) {
      if (options.project !== undefined) return await onServer(cli, args, options, json)
      const wish = runWish(cli, args, options, json)
      // The engine is loaded only where it is needed: the other commands start faster.
      const { runHere } = await import('./run-here.ts')
      return runHere(cli, wish)
    },
  })
}

const onlyHere = ['event', 'payload', 'sandbox', 'actionsDir', 'concurrency'] as const

async function onServer(
  cli: Cli,
  [workflow, ...others]: string[],
  options: z.output<typeof RunOptions>,
  json: boolean,
): Promise<number | undefined> {
  if (workflow === undefined || others.length > 0) {
    throw new Failure('usage', 'On a server one workflow must be named.', {
      hint: 'For example: signalbox run .signalbox/workflows/nightly.yml --project shop',
    })
  }
  const strange = onlyHere.find((name) => options[name] !== undefined)
  if (strange)
    throw new Failure('usage', `${flagOf(strange)} is of runs on this machine, not with --project.`)
  const body = { workflow, inputs: inputsOf(options.input), branch: options.branch }
  const run = await cli.api().call('createRun', { params: { project: options.project ?? '' }, body })
  if (options.wait) {
    const { showLog } = await import('../commands/show-log.ts')
    return await showLog(cli, { runId: run.id, job: options.job[0], follow: true, json })
  }
  if (json) cli.json(run)
  else {
    cli.out(`Run #${run.number} of ${run.projectSlug}: ${run.status}\n`)
    cli.out(cli.style.dim(`Next: signalbox logs run:${run.number} --project ${run.projectSlug} --follow\n`))
  }
  return undefined
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
