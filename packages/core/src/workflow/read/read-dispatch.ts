import type { DispatchInput } from '../model.ts'
import { entriesByKey, nearest } from './read-keys.ts'
import { type Located, type LocatedEntry, listOf, mapOf, type Reader, refuse, textOf } from './reader.ts'

const types = ['string', 'boolean', 'number', 'choice', 'environment'] as const
const known = ['description', 'type', 'required', 'default', 'options', 'deprecationMessage'] as const

/** Reads `inputs:` of `workflow_dispatch`. */
export function readDispatchInputs(reader: Reader, value: Located): DispatchInput[] {
  return (mapOf(reader, value, 'inputs') ?? []).map((entry) => readInput(reader, entry))
}

function readInput(reader: Reader, entry: LocatedEntry): DispatchInput {
  const empty = entry.node.kind === 'scalar' && entry.node.value === null
  const entries = empty ? [] : (mapOf(reader, entry, `the input ${entry.key}`) ?? [])
  for (const other of entries.filter(({ key }) => !known.some((name) => name === key))) {
    refuse(reader, other.keyAt, {
      code: 'unknown-key',
      message: `${other.key} is not a key of an input`,
      hint: nearest(other.key, known),
    })
  }
  const found = entriesByKey(entries)
  const text = (key: string) => (found[key] ? textOf(reader, found[key], key) : undefined)
  const type = text('type') ?? 'string'
  const options = found['options']
    ? (listOf(reader, found['options'], 'options') ?? []).map(
        (item) => textOf(reader, item, 'an option') ?? '',
      )
    : []
  const fitting = types.find((name) => name === type)
  if (!fitting) {
    refuse(reader, (found['type'] ?? entry).node, {
      code: 'unexpected-value',
      message: `${type} is not a type of an input`,
      hint: `Write one of ${types.join(', ')}.`,
    })
  }
  if (type === 'choice' && options.length === 0) {
    refuse(reader, entry.keyAt, {
      code: 'missing-key',
      message: `the input ${entry.key} has no options to choose from`,
      hint: 'Add `options: [one, two]`.',
    })
  }
  return {
    name: entry.key,
    type: fitting ?? 'string',
    required: text('required') === 'true',
    description: text('description') ?? '',
    default: text('default'),
    options,
  }
}
