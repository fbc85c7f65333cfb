import type { CancelStep, Step, TaskStep, WaitStep } from '../model.ts'
import { checkKeys, entriesByKey, nearest } from './read-keys.ts'
import { isTrue, readId, readStep, type StepReading } from './read-step.ts'
import { readTemplate } from './read-template.ts'
import { type Located, type LocatedEntry, listOf, mapOf, type Reader, refuse, textOf } from './reader.ts'

/** What is known while the steps of a job are read. */
interface Reading extends Pick<StepReading, 'actions' | 'ids'> {
  steps: Step[]
  /** Numbers of steps in the background, by their id in lower case. */
  background: Map<string, number>
}

type Found = { [key: string]: LocatedEntry | undefined }

/** Words that make a step wait for others or end them; a step has one of them and does nothing else. */
const controls = ['wait', 'wait-all', 'cancel', 'parallel'] as const

/** Reads the steps of a job. A group of `parallel` becomes steps in the background and one that waits for them. */
export function readSteps(reader: Reader, value: Located, given: Pick<StepReading, 'actions'>): Step[] {
  const items = listOf(reader, value, 'steps') ?? []
  if (items.length === 0 && value.node.kind === 'list') {
    refuse(reader, value.node, {
      code: 'missing-key',
      message: 'there is no step',
      hint: 'Add at least one step.',
    })
  }
  const reading: Reading = { ...given, ids: new Set(), steps: [], background: new Map() }
  for (const item of items) {
    const control = controlOf(item)
    if (control === 'parallel') readGroup(reader, item, reading)
    else if (control) readControl(reader, item, { control, reading })
    else readTask(reader, item, reading)
  }
  return reading.steps
}

function controlOf(item: Located): (typeof controls)[number] | undefined {
  const { node } = item
  return node.kind === 'map'
    ? controls.find((name) => node.entries.some((entry) => entry.key === name))
    : undefined
}

function readTask(reader: Reader, item: Located, reading: Reading): TaskStep | undefined {
  const step = readStep(reader, item, { ...reading, number: reading.steps.length + 1 })
  if (!step) return undefined
  reading.steps.push(step)
  if (step.background && step.id !== undefined) reading.background.set(step.id.toLowerCase(), step.number)
  return step
}

function readGroup(reader: Reader, item: Located, reading: Reading): void {
  const entries = mapOf(reader, item, 'a step') ?? []
  checkKeys(reader, entries, 'step')
  refuseOthers(reader, entries, ['parallel'])
  const { parallel } = entriesByKey(entries)
  const group = parallel ? (listOf(reader, parallel, 'parallel') ?? []) : []
  if (parallel && group.length === 0 && parallel.node.kind === 'list') {
    refuse(reader, parallel.node, { code: 'missing-key', message: 'there is no step in parallel' })
  }
  const numbers = group.flatMap((member) => {
    const control = controlOf(member)
    if (control) {
      refuse(reader, member.node, {
        code: 'misplaced-key',
        message: `${control} cannot stand in parallel`,
        hint: 'Write it as a step of its own before or after the group.',
      })
      return []
    }
    const step = readTask(reader, member, reading)
    if (!step) return []
    step.background = true
    if (step.id !== undefined) reading.background.set(step.id.toLowerCase(), step.number)
    return [step.number]
  })
  const number = reading.steps.length + 1
  reading.steps.push({ kind: 'wait', for: numbers, number, env: [], start: item.node.start })
}

function readControl(
  reader: Reader,
  item: Located,
  { control, reading }: { control: 'wait' | 'wait-all' | 'cancel'; reading: Reading },
): void {
  const entries = mapOf(reader, item, 'a step') ?? []
  checkKeys(reader, entries, 'step')
  refuseOthers(reader, entries, ['name', 'id', 'continue-on-error', control])
  const found = entriesByKey(entries)
  const base = {
    id: found['id'] ? readId(reader, found['id'], reading.ids) : undefined,
    number: reading.steps.length + 1,
    name: found['name'] && readTemplate(reader, found['name'], 'name'),
    continueOnError:
      found['continue-on-error'] && readTemplate(reader, found['continue-on-error'], 'continue-on-error'),
    env: [],
    start: item.node.start,
  }
  const step = controlStep(reader, { control, found, reading, base })
  if (step) reading.steps.push(step)
}

function controlStep(
  reader: Reader,
  given: {
    control: 'wait' | 'wait-all' | 'cancel'
    found: Found
    reading: Reading
    base: Omit<WaitStep, 'kind' | 'for'>
  },
): WaitStep | CancelStep | undefined {
  const { control, found, reading, base } = given
  const value = found[control]
  if (!value) return undefined
  if (control === 'wait-all') {
    const empty = value.node.kind === 'scalar' && value.node.value === null
    if (!empty && !isTrue(reader, value, 'wait-all')) {
      refuse(reader, value.node, {
        code: 'unexpected-value',
        message: 'wait-all takes nothing',
        hint: 'Write `wait-all:` alone.',
      })
    }
    return { ...base, kind: 'wait', for: 'all' }
  }
  if (control === 'cancel') {
    const number = numberOf(reader, value, reading)
    return number === undefined ? undefined : { ...base, kind: 'cancel', of: number }
  }
  const items = value.node.kind === 'list' ? (listOf(reader, value, 'wait') ?? []) : [value]
  if (items.length === 0) {
    refuse(reader, value.node, {
      code: 'missing-key',
      message: 'wait names no step',
      hint: 'Name the id of a step with `background: true`, or write `wait-all:`.',
    })
  }
  const numbers = items.flatMap((one) => numberOf(reader, one, reading) ?? [])
  return { ...base, kind: 'wait', for: [...new Set(numbers)] }
}

/** The number of the step in the background that an id names. */
function numberOf(reader: Reader, value: Located, { background }: Reading): number | undefined {
  const id = textOf(reader, value, 'the id of a step')
  if (id === undefined) return undefined
  const number = background.get(id.toLowerCase())
  if (number !== undefined) return number
  refuse(reader, value.node, {
    code: 'unknown-step',
    message: `${id || 'nothing'} is no step in the background before this one`,
    hint:
      background.size === 0
        ? 'Give a step before it an id and `background: true`.'
        : nearest(id, [...background.keys()]),
  })
  return undefined
}

function refuseOthers(reader: Reader, entries: readonly LocatedEntry[], allowed: readonly string[]): void {
  const control = allowed.at(-1) ?? ''
  for (const entry of entries.filter(({ key }) => !allowed.includes(key))) {
    refuse(reader, entry.keyAt, {
      code: 'misplaced-key',
      message: `${entry.key} cannot stand in a step with ${control}`,
      hint:
        entry.key === 'if' ? `A step with ${control} always runs; remove if.` : 'Make it a step of its own.',
    })
  }
}
