import { Failure } from '@signalbox/core/base/failure.ts'
import type { RetentionPreview, RetentionSettings } from '@signalbox/core/contract/views/retention.ts'
import { z } from 'zod'
import { addCommand, type Family } from './add-command.ts'
import { table } from './format.ts'

const kept: Record<keyof RetentionSettings, string> = {
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
      'Never deleted: what an open change, a deployment under way or a kept release needs.',
    ].join('\n'),
    options: z.object({}),
    examples: [
      'signalbox retention preview',
      'signalbox retention set logDays=90',
      'signalbox retention run',
    ],
    async run({ args: [verb, setting = ''], json }) {
      if (verb === 'run') {
        const deleted = await cli.api().call('runRetention')
        if (json) cli.json(deleted)
        else cli.out(`Deleted:\n${previewText(deleted)}`)
        return
      }
      if (verb !== 'preview' && verb !== 'set') {
        throw new Failure('usage', `There is no "retention ${verb}".`, { hint: 'It is preview, set or run.' })
      }
      const view =
        verb === 'preview'
          ? await cli.api().call('getRetention')
          : await cli.api().call('updateRetention', { body: settingOf(setting) })
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

function settingOf(text: string): Partial<RetentionSettings> {
  const [, name = '', number = ''] = /^([A-Za-z]+)=(\d+)$/.exec(text) ?? []
  if (!(name in kept)) {
    throw new Failure('usage', 'Name one setting and its number, such as logDays=90.', {
      hint: `The settings are ${Object.keys(kept).join(', ')}.`,
    })
  }
  return { [name]: Number(number) }
}

function previewText(preview: RetentionPreview): string {
  const size = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MB`
  return table([
    ['runs', String(preview.runs), ''],
    ['logs', String(preview.logs), size(preview.logBytes)],
    ['artifacts', String(preview.artifacts), size(preview.artifactBytes)],
    ['events', String(preview.events), ''],
    ['audit entries', String(preview.auditEntries), ''],
  ])
}
