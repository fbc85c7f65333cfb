import { resolve } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { addCommand, type Family } from './add-command.ts'
import { showLog } from './show-log.ts'

const Options = z.object({
  project: z.string().optional(),
  branch: z.string().optional(),
  dir: z.string().optional(),
  job: z.string().optional(),
  wait: z.boolean().default(false),
  allow: z.array(z.string()).default([]),
  env: z.array(z.string()).default([]),
  secret: z.array(z.string()).default([]),
  input: z.array(z.string()).default([]),
})

/** `run`: on this machine, or with --project on a server. */
export function addRunCommand({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'run [workflow]',
    summary: 'Run a workflow of a checkout on this machine, or of a project on a server.',
    details:
      'Without --project it needs no server: the checkout as it stands, uncommitted changes included, runs in a ' +
      'sandbox here. WORKFLOW is a file, or the name of one in .signalbox/workflows or .github/workflows. What is ' +
      'wrong with it is printed as file:line:column, with exit code 2, before anything runs. Ends with 3 when the ' +
      'run did not succeed. As JSON: one object for each thing that happens. Runs of a server: signalbox runs.',
    flags: [
      ['--dir <dir>', 'the checkout; by default the current folder'],
      ['--job <key>', 'only this job and what it needs; on a server with --wait: only its log'],
      ['--allow <host...>', 'a host that the sandbox may reach too'],
      ['--env <name=value...>', 'a variable for all steps'],
      ['--secret <name...>', 'a secret, taken from the variable of that name here; masked in the output'],
      ['--input <name=value...>', 'an input that the workflow declares'],
      ['--project <project>', 'on the server instead: a workflow of its default branch'],
      ['--branch <branch>', 'with --project: of this branch; another than the default one gets no secrets'],
      ['--wait', 'with --project: follow the log to the end'],
    ],
    options: Options,
    examples: [
      'signalbox run',
      'signalbox run test --job unit',
      'NPM_TOKEN=… signalbox run .github/workflows/ci.yml --secret NPM_TOKEN --allow npm.pkg.github.com',
      'signalbox run .signalbox/workflows/nightly.yml --project shop --wait',
    ],
    async run({ args: [workflow], options, json }) {
      const inputs = Object.fromEntries(options.input.map(inputOf))
      if (options.project === undefined) {
        // The engine is loaded only where it is needed: the other commands start faster.
        const { runHere } = await import('./run-here.ts')
        return runHere(cli, {
          dir: resolve(cli.cwd, options.dir ?? '.'),
          file: workflow,
          job: options.job,
          allow: options.allow,
          env: Object.fromEntries(options.env.map(assignment)),
          inputs,
          secrets: Object.fromEntries(options.secret.map((name) => [name, secretOf(cli.env, name)])),
          json,
        })
      }
      if (workflow === undefined) {
        throw new Failure('usage', 'On a server the workflow must be named.', {
          hint: 'For example: signalbox run .signalbox/workflows/nightly.yml --project shop',
        })
      }
      const body = { workflow, inputs, branch: options.branch }
      const run = await cli.api().call('createRun', { params: { project: options.project }, body })
      if (options.wait) return showLog(cli, { runId: run.id, job: options.job, follow: true, json })
      if (json) return cli.json(run)
      cli.out(`Run #${run.number} of ${run.projectSlug}: ${run.status}\n`)
      cli.out(cli.style.dim(`Next: signalbox logs run:${run.number} --project ${run.projectSlug} --follow\n`))
    },
  })
}

function assignment(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new Failure('usage', `--env takes NAME=value, not "${text}".`)
}

function inputOf(text: string): [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new Failure('usage', `--input takes name=value, not "${text}".`)
}

/** Never from the command line: everybody on the machine can read that. */
function secretOf(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name]
  if (value) return value
  throw new Failure('usage', `The variable ${name} is not set here, so there is no such secret.`, {
    hint: `Set it for this command only: ${name}=… signalbox run …`,
  })
}
