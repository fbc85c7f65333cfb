import type { DispatchInput } from './model.ts'
import { readDispatchInputs } from './read-dispatch.ts'
import { type Located, type LocatedEntry, listOf, mapOf, type Reader, refuse, textOf } from './reader.ts'

/** Filters that say what would happen anyway; each other filter would change what runs and is refused. */
const harmless: Record<string, Record<string, readonly string[]>> = {
  push: { branches: ['**'] },
  pull_request: { branches: ['**'], types: ['opened', 'synchronize', 'reopened'] },
  pull_request_target: { branches: ['**'], types: ['opened', 'synchronize', 'reopened'] },
  merge_group: { types: ['checks_requested'] },
}

const refusedEvents: Record<string, string> = {
  schedule: 'Remove schedule; runs at set times are not built yet.',
  workflow_call: 'Remove workflow_call; workflows cannot call others yet.',
  workflow_run: 'Remove workflow_run; a run does not start another one yet.',
}

/** The names of the events under `on:`, in the order written; `inputs` gets those of `workflow_dispatch`. */
export function readEvents(reader: Reader, on: Located, inputs: DispatchInput[] = []): string[] {
  if (on.node.kind === 'scalar') return readNames(reader, [on])
  if (on.node.kind === 'list') return readNames(reader, listOf(reader, on, 'on') ?? [])
  const entries = mapOf(reader, on, 'on') ?? []
  for (const entry of entries) {
    if (refuseEvent(reader, entry.key, entry.keyAt)) continue
    if (entry.node.kind === 'scalar' && entry.node.value === null) continue
    for (const filter of mapOf(reader, entry, entry.key) ?? []) {
      const declares = entry.key === 'workflow_dispatch' && filter.key === 'inputs'
      if (declares) inputs.push(...readDispatchInputs(reader, filter))
      else readFilter(reader, entry.key, filter)
    }
  }
  return entries.map((entry) => entry.key)
}

function readNames(reader: Reader, items: Located[]): string[] {
  return items.flatMap((item) => {
    const name = textOf(reader, item, 'an event')
    if (name === undefined || refuseEvent(reader, name, item.node)) return []
    return [name]
  })
}

function refuseEvent(reader: Reader, name: string, at: Parameters<typeof refuse>[1]): boolean {
  const hint = Object.hasOwn(refusedEvents, name) ? refusedEvents[name] : undefined
  if (hint)
    refuse(reader, at, { code: 'unsupported-event', message: `the event ${name} is not built yet`, hint })
  return hint !== undefined
}

function readFilter(reader: Reader, event: string, filter: LocatedEntry): void {
  const allowed = harmless[event]?.[filter.key]
  const values = filter.node.kind === 'list' ? filter.node.items : [filter.node]
  const words = values.map((node) => (node.kind === 'scalar' ? String(node.value) : undefined))
  if (allowed && allowed.length === words.length && allowed.every((word) => words.includes(word))) return
  refuse(reader, filter.keyAt, {
    code: 'unsupported-filter',
    message: `${filter.key} under ${event} would change what runs here and is not built yet`,
    hint: `Remove it, or test it in the job's if.`,
  })
}
