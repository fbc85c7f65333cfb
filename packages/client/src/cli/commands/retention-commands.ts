import { Failure } from '@signalbox/core/base/failure.ts'
import type {
  ProjectRetention,
  RetentionPreview,
  RetentionSettings,
} from '@signalbox/core/contract/views/retention.ts'
import { z } from 'zod'
import { addCommand, type Family } from '../add-command.ts'
import type { Cli } from '../cli.ts'
import { table } from '../format.ts'

const kept: Record<keyof RetentionSettings, string> = {
  changeDays: 'days that completed changes are kept, with all that belongs to them',
  runDays: 'days that completed runs are kept, with their logs and artifacts',
  keepRuns: 'newest runs of each project that are kept, however old',
  logDays: 'days that logs are kept',
  eventDays: 'days that live events are kept',
  auditDays: 'days that the audit log is kept',
}

/** `retention preview`, `retention set`, `retention run`. */
export function addRetentionCommands({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'retention <verb> [setting]',
    summary: 'For how long things are kept: preview, set NAME=NUMBER, run.',
    details: [
      'preview says what would be deleted now; run deletes it, as each night does; set changes one number, 0 is for ever.',
      "With --project all three are about one project; its own number goes before the installation's until it is set to NAME=default.",
      'Never deleted: what an open change, a deployment under way or a kept release needs.',
    ].join('\n'),
    flags: [['--project <project>', 'of this project only']],
    options: z.object({ project: z.string().optional() }),
    examples: [
      'signalbox retention preview',
      'signalbox retention set logDays=90',
      'signalbox retention set runDays=30 --project shop',
      'signalbox retention run',
    ],
    async run({ args: [verb, setting = ''], options: { project }, json }) {
      if (verb === 'run') {
        const deleted = await (project === undefined
          ? cli.api().call('runRetention')
          : cli.api().call('runProjectRetention', { params: { project } }))
        if (json) cli.json(deleted)
        else cli.out(`Deleted:\n${previewText(deleted)}`)
        return
      }
      if (verb !== 'preview' && verb !== 'set') {
        throw new Failure('usage', `There is no "retention ${verb}".`, { hint: 'It is preview, set or run.' })
      }
      if (project !== undefined) return await ofProject(cli, project, { verb, setting, json })
      const view =
        verb === 'preview'
          ? await cli.api().call('getRetention')
          : await cli.api().call('updateRetention', { body: settingOf(setting, kept) })
      if (json) return cli.json(view)
      const rows = Object.entries(kept).map(([name, what]) => [
        name,
        String(Reflect.get(view.settings, name) || 'for ever'),
        what,
      ])
      cli.out(`${table(rows)}\nWould be deleted now:\n${previewText(view.preview)}`)
    },
  })
}

const ofProjects: (keyof ProjectRetention)[] = ['changeDays', 'runDays', 'keepRuns', 'logDays']

async function ofProject(
  cli: Cli,
  project: string,
  { verb, setting, json }: { verb: 'preview' | 'set'; setting: string; json: boolean },
): Promise<void> {
  const names = Object.fromEntries(ofProjects.map((name) => [name, kept[name]]))
  const body = verb === 'preview' ? undefined : settingOf(setting, names, { mayBeDefault: true })
  const view =
    body === undefined
      ? await cli.api().call('getProjectRetention', { params: { project } })
      : await cli.api().call('updateProjectRetention', { params: { project }, body })
  if (json) return cli.json(view)
  const rows = ofProjects.map((name) => {
    const own = view.settings[name]
    const number = String((own ?? view.installation[name]) || 'for ever')
    return [name, own === null ? `${number} (installation)` : number, kept[name]]
  })
  cli.out(`${table(rows)}\nWould be deleted now of ${project}:\n${previewText(view.preview)}`)
}

function settingOf(
  text: string,
  names: Record<string, string>,
  { mayBeDefault = false } = {},
): Record<string, number | null> {
  const [, name = '', value = ''] = /^([A-Za-z]+)=(\d+|default)$/.exec(text) ?? []
  if (!Object.hasOwn(names, name) || (value === 'default' && !mayBeDefault)) {
    throw new Failure('usage', 'Name one setting and its number, such as logDays=90.', {
      hint: `The settings are ${Object.keys(names).join(', ')}.`,
    })
  }
  return { [name]: value === 'default' ? null : Number(value) }
}

function previewText(preview: RetentionPreview): string {
  const size = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MB`
  return table([
    ['changes', String(preview.changes), ''],
    ['runs', String(preview.runs), ''],
    ['logs', String(preview.logs), size(preview.logBytes)],
    ['artifacts', String(preview.artifacts), size(preview.artifactBytes)],
    ['events', String(preview.events), ''],
    ['audit entries', String(preview.auditEntries), ''],
  ])
}
