import { hasLabel, isForeign } from '../../base/machine.ts'
import type { RunsOn, Template } from '../model.ts'
import { entriesByKey, nearest } from './read-keys.ts'
import { readTemplate } from './read-template.ts'
import { type Located, listOf, mapOf, type Reader, refuse } from './reader.ts'

/**
 * Reads `runs-on:`: a label, a list of them, or a mapping with `group` and `labels`. Labels are looked for when the
 * job's turn comes; those of systems that no worker is by itself are a warning unless `claimed` has them.
 */
export function readRunsOn(reader: Reader, value: Located, claimed: readonly string[]): RunsOn {
  const start = value.node.start
  if (value.node.kind !== 'map') return { labels: readLabels(reader, value, claimed), start }
  const entries = mapOf(reader, value, 'runs-on') ?? []
  for (const entry of entries.filter(({ key }) => key !== 'group' && key !== 'labels')) {
    refuse(reader, entry.keyAt, {
      code: 'unknown-key',
      message: `${entry.key} is not a key of runs-on`,
      hint: nearest(entry.key, ['group', 'labels']),
    })
  }
  const { group, labels } = entriesByKey(entries)
  if (!group && !labels) {
    refuse(reader, value.node, {
      code: 'missing-key',
      message: 'runs-on names neither a group nor labels',
      hint: 'Add `labels: [linux]` or `group: NAME`.',
    })
  }
  return {
    labels: labels ? readLabels(reader, labels, claimed) : [],
    group: group && readTemplate(reader, group, 'group'),
    start,
  }
}

function readLabels(reader: Reader, value: Located, claimed: readonly string[]): Template[] {
  const items = value.node.kind === 'list' ? (listOf(reader, value, 'runs-on') ?? []) : [value]
  if (items.length === 0) {
    refuse(reader, value.node, {
      code: 'missing-key',
      message: 'runs-on names no label',
      hint: 'Write `runs-on: ubuntu-latest`.',
    })
  }
  return items.flatMap((item) => {
    const label = readTemplate(reader, item, 'runs-on')
    if (label && !label.source.includes('${{')) checkLabel(reader, item, label.source, claimed)
    return label ? [label] : []
  })
}

function checkLabel(reader: Reader, item: Located, label: string, claimed: readonly string[]): void {
  if (label === '') {
    refuse(reader, item.node, {
      code: 'unsupported-runner',
      message: 'runs-on names no machine',
      hint: 'Write `runs-on: ubuntu-latest`.',
    })
  } else if (isForeign(label) && !hasLabel(claimed, label)) {
    reader.diagnostics.push({
      severity: 'warning',
      code: 'unsupported-runner',
      message: `no machine here is ${label}: the job fails when its turn comes`,
      hint: `Write \`runs-on: ubuntu-latest\`, or start a worker that says it is one: SIGNALBOX_WORKER_LABELS=default,${label}.`,
      file: reader.file,
      start: item.node.start,
      end: item.node.end,
    })
  }
}
