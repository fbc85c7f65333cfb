import { readFileSync } from 'node:fs'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { addCommand, type Family } from '../add-command.ts'
import { findProject } from '../find.ts'
import { ago, shortCommit, table } from '../format.ts'
import { plainLine } from '../style.ts'

const projectFlag = ['-p, --project <project>', 'its name; needed when there is more than one'] as const
const Named = z.object({ project: z.string().optional() })

/** `events`, `schedules` and `dispatch`. */
export function addEventCommands({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'events',
    summary: 'List what happened to a project, which workflows it started and why not the others.',
    flags: [projectFlag, ['--limit <number>', 'how many, at most 200']],
    options: Named.extend({ limit: z.string().default('20') }),
    examples: ['signalbox events --project shop', 'signalbox events --project shop --json'],
    async run({ options, json }) {
      const { slug: project } = await findProject(cli.api(), options.project)
      const query = { limit: options.limit }
      const answer = await cli.api().call('listOccurrences', { params: { project }, query })
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out('Nothing happened yet.\n')
      const { style } = cli
      for (const one of answer.items) {
        const what = one.action === null ? one.name : `${one.name} (${one.action})`
        const where = `${one.ref.replace(/^refs\/heads\//, '')} ${shortCommit(one.commit)}`
        cli.out(
          `${style.bold(plainLine(what))}  ${plainLine(where)}  ${style.dim(ago(one.createdAt, cli.now()))}\n`,
        )
        if (one.open) cli.out(`  ${style.dim('its workflows are being asked')}\n`)
        for (const verdict of one.verdicts) {
          const name = plainLine(verdict.name)
          if (verdict.runs) cli.out(`  ${style.green('●')} ${name}\n`)
          else
            cli.out(
              `  ${style.dim('-')} ${name === '' ? '' : `${name}: `}${plainLine(verdict.reason ?? '')}\n`,
            )
        }
      }
    },
  })
  addCommand(program, outcome, {
    usage: 'schedules',
    summary: 'List the times at which workflows of a project start.',
    details:
      'They are those of the default branch and count from its first move after the import. --read reads them now.',
    flags: [projectFlag, ['--read', 'read the schedules of the default branch now']],
    options: Named.extend({ read: z.boolean().default(false) }),
    examples: ['signalbox schedules --project shop', 'signalbox schedules --project shop --read'],
    async run({ options, json }) {
      const { slug: project } = await findProject(cli.api(), options.project)
      const params = { params: { project } }
      const answer = await (options.read
        ? cli.api().call('readSchedules', params)
        : cli.api().call('listSchedules', params))
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out('No schedule.\n')
      const rows = answer.items.map((one) => [
        plainLine(one.name),
        one.cron,
        one.timezone,
        one.nextAt ?? 'never',
        one.lastAt === null ? '-' : ago(one.lastAt, cli.now()),
        one.missed === 0 ? '' : String(one.missed),
      ])
      cli.out(table([['WORKFLOW', 'CRON', 'ZONE', 'NEXT', 'LAST', 'MISSED'], ...rows]))
    },
  })
  addCommand(program, outcome, {
    usage: 'dispatch <type>',
    summary: 'Start the workflows that wait for a repository_dispatch of this type.',
    flags: [projectFlag, ['--payload <file>', 'JSON of at most ten fields: github.event.client_payload']],
    options: Named.extend({ payload: z.string().optional() }),
    examples: ['signalbox dispatch deploy --project shop', 'signalbox dispatch deploy --payload deploy.json'],
    async run({ args: [type = ''], options, json }) {
      const { slug: project } = await findProject(cli.api(), options.project)
      const body = { event_type: type, client_payload: payloadOf(options.payload) }
      const answer = await cli.api().call('dispatchEvent', { params: { project }, body })
      if (json) cli.json(answer)
      else cli.out(`Dispatched. What it starts: signalbox events --project ${project}\n`)
    },
  })
}

const Payload = z.record(z.string(), z.json())

function payloadOf(file: string | undefined): z.infer<typeof Payload> {
  if (file === undefined) return {}
  try {
    return Payload.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    throw new Failure('usage', `${file} is not a file with a JSON object.`)
  }
}
