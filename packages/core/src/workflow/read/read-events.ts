import type { DispatchInput, NameFilter, Trigger } from '../model.ts'
import { events } from '../support/events.ts'
import { type EventName, eventFacts, eventTable, type FilterKey } from './event-table.ts'
import { parsePattern } from './name-pattern.ts'
import { readDispatchInputs } from './read-dispatch.ts'
import { nearest } from './read-keys.ts'
import { readSchedules } from './read-schedule.ts'
import { type Located, type LocatedEntry, listOf, mapOf, type Reader, refuse, textOf } from './reader.ts'

/** The events under `on:` with their filters, in the order written; `inputs` gets those of `workflow_dispatch`. */
export function readEvents(reader: Reader, on: Located, inputs: DispatchInput[] = []): Trigger[] {
  if (on.node.kind === 'scalar') return readNames(reader, [on])
  if (on.node.kind === 'list') return readNames(reader, listOf(reader, on, 'on') ?? [])
  const entries = mapOf(reader, on, 'on') ?? []
  return entries.flatMap((entry) => {
    const event = eventNamed(reader, entry.key, entry.keyAt)
    if (!event) return []
    const trigger: Trigger = { event, start: entry.keyAt.start }
    readBody(reader, { entry, trigger, inputs })
    return [trigger]
  })
}

function readNames(reader: Reader, items: Located[]): Trigger[] {
  return items.flatMap((item) => {
    const name = textOf(reader, item, 'an event')
    const event = name === undefined ? undefined : eventNamed(reader, name, item.node)
    if (!event) return []
    if (event === 'schedule') refuseTimeless(reader, item.node)
    return [{ event, start: item.node.start }]
  })
}

function refuseTimeless(reader: Reader, at: Parameters<typeof refuse>[1]): void {
  refuse(reader, at, {
    code: 'missing-key',
    message: 'schedule names no time',
    hint: "Write `schedule: [{cron: '30 5 * * 1-5'}]`.",
  })
}

function eventNamed(reader: Reader, name: string, at: Parameters<typeof refuse>[1]): EventName | undefined {
  const event = eventFacts(name)?.name
  const hint = event && events.refused[event]
  if (hint) {
    refuse(reader, at, { code: 'unsupported-event', message: `the event ${name} is not built yet`, hint })
  } else if (!event) {
    refuse(reader, at, {
      code: 'unknown-event',
      message: `there is no event ${name}`,
      hint: nearest(name, Object.keys(eventTable)),
    })
  }
  return hint ? undefined : event
}

interface Reading {
  entry: LocatedEntry
  trigger: Trigger
  inputs: DispatchInput[]
}

function readBody(reader: Reader, { entry, trigger, inputs }: Reading): void {
  const empty = entry.node.kind === 'scalar' && entry.node.value === null
  if (trigger.event === 'schedule') {
    if (empty) refuseTimeless(reader, entry.keyAt)
    else trigger.schedules = readSchedules(reader, entry)
    return
  }
  // What workflow_call declares is no filter: read-call-interface has it.
  if (empty || trigger.event === 'workflow_call') return
  const filters = mapOf(reader, entry, entry.key) ?? []
  for (const filter of filters) {
    const declares = trigger.event === 'workflow_dispatch' && filter.key === 'inputs'
    if (declares) inputs.push(...readDispatchInputs(reader, filter))
    else readFilter(reader, trigger, filter)
  }
  for (const what of ['branches', 'tags', 'paths']) refuseBoth(reader, filters, what)
}

function refuseBoth(reader: Reader, filters: LocatedEntry[], what: string): void {
  const other = filters.find(({ key }) => key === `${what}-ignore`)
  if (!other || !filters.some(({ key }) => key === what)) return
  refuse(reader, other.keyAt, {
    code: 'contradicting-filters',
    message: `${what} and ${what}-ignore cannot stand under one event`,
    hint: `Keep ${what} and take away from it with patterns that begin with !.`,
  })
}

function readFilter(reader: Reader, trigger: Trigger, filter: LocatedEntry): void {
  const facts = eventFacts(trigger.event)
  const key = facts?.filters.find((name) => name === filter.key)
  if (!facts || !key) {
    const known: readonly string[] =
      trigger.event === 'workflow_dispatch' ? ['inputs'] : (facts?.filters ?? [])
    refuse(reader, filter.keyAt, {
      code: 'unknown-filter',
      message: `${filter.key} is not a filter of ${trigger.event}`,
      hint: known.length > 0 ? nearest(filter.key, known) : `${trigger.event} has no filters; remove it.`,
    })
    return
  }
  const items = filter.node.kind === 'list' ? (listOf(reader, filter, key) ?? []) : [filter]
  const words = items.flatMap((item) => {
    const word = textOf(reader, item, key)
    if (word === '') {
      refuse(reader, item.node, { code: 'unexpected-value', message: `${key} names nothing` })
    } else if (word !== undefined) {
      checkWord(reader, { key, word, types: facts.types, event: facts.name }, item)
    }
    return word ? [word] : []
  })
  if (words.length === 0 && items.length === 0) {
    refuse(reader, filter.keyAt, {
      code: 'unexpected-value',
      message: `${key} names nothing, so that nothing would ever start`,
      hint: 'Name something, or remove it to let everything through.',
    })
  }
  assign(trigger, key, words)
  if (isPatterns(key)) warnNegative(reader, filter, words)
}

function isPatterns(key: FilterKey): boolean {
  return !['types', 'workflows', 'names', 'versions'].includes(key)
}

function checkWord(
  reader: Reader,
  {
    key,
    word,
    types,
    event,
  }: { key: FilterKey; word: string; types?: readonly string[] | undefined; event: string },
  at: Located,
): void {
  if (key === 'types' && types && !types.includes(word)) {
    refuse(reader, at.node, {
      code: 'unknown-type',
      message: `${word} is not a type of ${event}`,
      hint: nearest(word, types),
    })
  }
  const pattern = isPatterns(key) ? parsePattern(word) : undefined
  if (typeof pattern === 'string') {
    refuse(reader, at.node, {
      code: 'invalid-pattern',
      message: `the pattern ${word} cannot be used: ${pattern}`,
      hint: 'Put a backslash before a character that shall stand for itself.',
    })
  }
}

function warnNegative(reader: Reader, filter: LocatedEntry, words: string[]): void {
  if (words.length === 0 || filter.key.endsWith('-ignore') || words.some((word) => !word.startsWith('!')))
    return
  refuse(reader, filter.keyAt, {
    severity: 'warning',
    code: 'only-negative',
    message: `${filter.key} has only patterns that take away, so that nothing ever matches`,
    hint: `Put a pattern that lets something through first, such as '**', or write ${filter.key}-ignore.`,
  })
}

function assign(trigger: Trigger, key: FilterKey, words: string[]): void {
  const only = (kind: NameFilter['kind']): NameFilter => ({ kind, patterns: words })
  if (key === 'branches' || key === 'tags' || key === 'paths') trigger[key] = only('only')
  else if (key === 'branches-ignore') trigger.branches = only('except')
  else if (key === 'tags-ignore') trigger.tags = only('except')
  else if (key === 'paths-ignore') trigger.paths = only('except')
  else trigger[key] = words
}
