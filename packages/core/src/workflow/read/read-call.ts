import { calledUse } from '../call-uses.ts'
import type { TemplateMap, WorkflowCall } from '../model.ts'
import { callKeys, supportedKeys } from '../supported.ts'
import { readData } from './read-strategy.ts'
import { readTemplateMap } from './read-template.ts'
import { type LocatedEntry, mapOf, type Reader, refuse, textOf } from './reader.ts'

/** Refuses keys of steps beside `uses`, and keys of a call without it. */
export function checkCallKeys(reader: Reader, entries: readonly LocatedEntry[]): void {
  const calls = entries.some((entry) => entry.key === 'uses')
  for (const { key, keyAt } of entries) {
    if (calls && supportedKeys.job.includes(key) && !callKeys.includes(key)) {
      refuse(reader, keyAt, {
        code: 'misplaced-key',
        message: `${key} cannot stand in a job that calls a workflow`,
        hint: `Beside uses there may be ${callKeys.filter((known) => known !== 'uses').join(', ')}; the called workflow has the rest.`,
      })
    }
    if (!calls && (key === 'with' || key === 'secrets')) {
      refuse(reader, keyAt, {
        code: 'misplaced-key',
        message: `${key} of a job needs uses beside it`,
        hint: 'Add `uses: ./.github/workflows/…`, or move it into the step that has uses.',
      })
    }
  }
}

/** Reads `uses`, `with` and `secrets` of a job; the called file is read by whoever has files. */
export function readCall(
  reader: Reader,
  uses: LocatedEntry,
  beside: { with?: LocatedEntry | undefined; secrets?: LocatedEntry | undefined },
): WorkflowCall {
  const name = textOf(reader, uses, 'uses') ?? ''
  if (!calledUse(name, reader.file)) {
    refuse(reader, uses.node, {
      code: 'invalid-uses',
      message: `${name || 'uses'} names no workflow file`,
      hint: 'Write ./.github/workflows/name.yml (no folder below), or owner/repo/.github/workflows/name.yml@ref.',
    })
  }
  const given = beside.with ? (mapOf(reader, beside.with, 'with') ?? []) : []
  return {
    uses: name,
    start: uses.node.start,
    with: given.map((entry) => ({
      key: entry.key,
      value: readData(reader, entry, entry.key),
      start: entry.node.start,
    })),
    secrets: beside.secrets ? readSecrets(reader, beside.secrets) : [],
  }
}

function readSecrets(reader: Reader, value: LocatedEntry): TemplateMap | 'inherit' {
  if (value.node.kind !== 'scalar') return readTemplateMap(reader, value, 'secrets')
  if (value.node.value === 'inherit') return 'inherit'
  refuse(reader, value.node, {
    code: 'unexpected-value',
    message: 'secrets must be a mapping, or inherit',
    hint: 'Write `secrets: inherit`, or `NAME: ${{ secrets.NAME }}` lines, indented.',
  })
  return []
}
