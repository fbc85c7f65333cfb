import { events, filters } from './events.ts'
import { keyNames, keyVerdict } from './keys.ts'
import { contexts, functions } from './names.ts'
import { commands, files, shells } from './output.ts'
import { namesOf, type Verdict, type Verdicts, verdictOf } from './verdict.ts'

/** What a row is about. */
export const supportKinds = [
  'key',
  'event',
  'filter',
  'context',
  'function',
  'command',
  'file',
  'shell',
] as const

/** One word of GitHub's language and how it fares here; `note` says what differs, or what to do instead. */
export interface SupportRow {
  kind: (typeof supportKinds)[number]
  name: string
  how: Verdict['how']
  note: string
}

/** Every word of the language. Parsing refuses from the same lists, so what stands here is what happens. */
export function supportTable(): SupportRow[] {
  const row = (kind: SupportRow['kind'], name: string, verdict: Verdict | undefined): SupportRow[] =>
    verdict ? [{ kind, name, how: verdict.how, note: verdict.how === 'works' ? '' : verdict.note }] : []
  const rows = (kind: SupportRow['kind'], list: Verdicts) =>
    namesOf(list).flatMap((name) => row(kind, name, verdictOf(list, name)))
  return [
    ...keyNames().flatMap((name) => row('key', name, keyVerdict(name))),
    ...rows('event', events),
    ...namesOf(filters).flatMap((name) => row('filter', name, filterVerdict(name))),
    ...rows('context', contexts),
    ...rows('function', functions),
    ...rows('command', commands),
    ...rows('file', files),
    ...rows('shell', shells),
  ]
}

/** How `push.branches`, or `branches` under any event, fares; refused with its event where that is refused. */
export function filterVerdict(name: string): Verdict | undefined {
  const event = verdictOf(events, /^[a-z_]+/.exec(name)?.[0] ?? '')
  if (event?.how === 'refused') return event
  const [, filter = ''] = /^[a-z_]+\.(.*)$/.exec(name) ?? []
  return verdictOf(filters, name) ?? verdictOf(filters, filter)
}
