import { fitsType } from '../check-call.ts'
import type { CallInput, CallInterface } from '../model.ts'
import { entriesByKey, nearest } from './read-keys.ts'
import { readData } from './read-strategy.ts'
import { readTemplate } from './read-template.ts'
import { type Located, type LocatedEntry, listOf, mapOf, type Reader, refuse, textOf } from './reader.ts'

const types = ['string', 'boolean', 'number'] as const
const parts = ['inputs', 'secrets', 'outputs'] as const
const known = {
  input: ['description', 'type', 'required', 'default', 'deprecationMessage'],
  secret: ['description', 'required'],
  output: ['description', 'value'],
}

/** What `on.workflow_call` declares, as `call`; nothing where no other workflow may call this one. */
export function readCallInterface(reader: Reader, on: Located | undefined): { call?: CallInterface } {
  const found = on && findCall(reader, on)
  if (!found) return {}
  const call: CallInterface = { inputs: [], secrets: [], outputs: [] }
  if (found === 'bare' || isEmpty(found)) return { call }
  const entries = mapOf(reader, found, 'workflow_call') ?? []
  checkNames(reader, entries, { names: parts, of: 'workflow_call' })
  const { inputs, secrets, outputs } = entriesByKey(entries)
  return {
    call: {
      inputs: childrenOf(reader, inputs).map((entry) => readInput(reader, entry)),
      secrets: childrenOf(reader, secrets).map((entry) => {
        const secret = entriesByKey(childrenOf(reader, entry, { names: known.secret, of: 'a secret' }))
        return { name: entry.key, required: isTrue(reader, secret['required']) }
      }),
      outputs: childrenOf(reader, outputs).flatMap((entry) => readOutput(reader, entry)),
    },
  }
}

function findCall(reader: Reader, on: Located): LocatedEntry | 'bare' | undefined {
  const quiet = { ...reader, diagnostics: [] }
  if (on.node.kind === 'map') {
    return (mapOf(quiet, on, 'on') ?? []).find((entry) => entry.key === 'workflow_call')
  }
  const names = on.node.kind === 'list' ? (listOf(quiet, on, 'on') ?? []) : [on]
  return names.some((name) => textOf(quiet, name, 'on') === 'workflow_call') ? 'bare' : undefined
}

function readInput(reader: Reader, entry: LocatedEntry): CallInput {
  const found = entriesByKey(childrenOf(reader, entry, { names: known.input, of: 'an input' }))
  const type = found['type'] && textOf(reader, found['type'], 'type')
  const fitting = types.find((name) => name === type)
  if (!fitting) {
    refuse(reader, (found['type'] ?? entry).node, {
      code: type === undefined ? 'missing-key' : 'unexpected-value',
      message:
        type === undefined
          ? `the input ${entry.key} has no type`
          : `${type} is not a type of an input of workflow_call`,
      hint: `Write one of ${types.join(', ')}.`,
    })
  }
  const value = found['default'] && readData(reader, found['default'], 'default')
  if (value && fitting && !fitsType(value, fitting)) {
    refuse(reader, (found['default'] ?? entry).node, {
      code: 'wrong-type',
      message: `the default of ${entry.key} is no ${fitting}`,
      hint: `Write a ${fitting}, without quotes.`,
    })
  }
  return {
    name: entry.key,
    type: fitting ?? 'string',
    required: isTrue(reader, found['required']),
    ...(value ? { default: value } : {}),
  }
}

function readOutput(reader: Reader, entry: LocatedEntry): CallInterface['outputs'][number][] {
  const { value } = entriesByKey(childrenOf(reader, entry, { names: known.output, of: 'an output' }))
  if (!value) {
    refuse(reader, entry.keyAt, {
      code: 'missing-key',
      message: `the output ${entry.key} has no value`,
      hint: 'Add `value: ${{ jobs.JOB.outputs.NAME }}`.',
    })
    return []
  }
  const template = readTemplate(reader, value, 'value')
  return template ? [{ key: entry.key, value: template }] : []
}

function childrenOf(
  reader: Reader,
  value: LocatedEntry | undefined,
  only?: { names: readonly string[]; of: string },
): LocatedEntry[] {
  if (!value || isEmpty(value)) return []
  const entries = mapOf(reader, value, value.key) ?? []
  if (only) checkNames(reader, entries, only)
  return entries
}

function checkNames(
  reader: Reader,
  entries: readonly LocatedEntry[],
  { names, of }: { names: readonly string[]; of: string },
): void {
  for (const other of entries.filter(({ key }) => !names.includes(key))) {
    refuse(reader, other.keyAt, {
      code: 'unknown-key',
      message: `${other.key} is not a key of ${of}`,
      hint: nearest(other.key, names),
    })
  }
}

function isTrue(reader: Reader, value: LocatedEntry | undefined): boolean {
  return value !== undefined && textOf(reader, value, 'required') === 'true'
}

function isEmpty({ node }: Located): boolean {
  return node.kind === 'scalar' && node.value === null
}
