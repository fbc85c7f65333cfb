import type { Concurrency, Template } from '../model.ts'
import { entriesByKey, nearest } from './read-keys.ts'
import { readTemplate } from './read-template.ts'
import { type Located, mapOf, type Reader, refuse, textOf } from './reader.ts'

const known = ['group', 'cancel-in-progress', 'queue'] as const

/** Reads `concurrency:` of a workflow or a job: the name of a group, or a mapping with one. */
export function readConcurrency(reader: Reader, value: Located): Concurrency | undefined {
  if (value.node.kind === 'scalar') {
    const group = readTemplate(reader, value, 'concurrency')
    return group && { group, queue: 'single', start: value.node.start }
  }
  const entries = mapOf(reader, value, 'concurrency')
  if (!entries) return undefined
  for (const entry of entries.filter(({ key }) => !known.some((name) => name === key))) {
    refuse(reader, entry.keyAt, {
      code: 'unknown-key',
      message: `${entry.key} is not a key of concurrency`,
      hint: nearest(entry.key, known),
    })
  }
  const { group, 'cancel-in-progress': cancel, queue } = entriesByKey(entries)
  const template = group && readTemplate(reader, group, 'group')
  if (!template || template.source === '') {
    refuse(reader, group?.node ?? value.node, {
      code: 'missing-key',
      message: 'concurrency names no group',
      hint: 'Add `group: ${{ github.workflow }}-${{ github.ref }}` or another name.',
    })
  }
  const cancelInProgress = cancel && readBoolean(reader, cancel)
  const waiting = queue ? readQueue(reader, queue) : 'single'
  if (queue && waiting === 'max' && cancelInProgress?.source === 'true') {
    refuse(reader, queue.node, {
      code: 'invalid-concurrency',
      message: 'queue: max and cancel-in-progress: true exclude each other',
      hint: 'Keep one of the two: who cancels what runs leaves nothing to queue behind.',
    })
  }
  return template && { group: template, cancelInProgress, queue: waiting, start: value.node.start }
}

function readBoolean(reader: Reader, value: Located): Template | undefined {
  const template = readTemplate(reader, value, 'cancel-in-progress')
  if (!template || template.source.includes('${{') || /^(true|false)$/.test(template.source)) return template
  refuse(reader, value.node, {
    code: 'invalid-concurrency',
    message: `cancel-in-progress is true or false, not ${template.source || 'nothing'}`,
    hint: 'Write true, false or an expression.',
  })
  return undefined
}

function readQueue(reader: Reader, value: Located): Concurrency['queue'] {
  const text = textOf(reader, value, 'queue')
  if (text === 'single' || text === 'max') return text
  refuse(reader, value.node, {
    code: 'invalid-concurrency',
    message: `queue is single or max, not ${text || 'nothing'}`,
    hint: 'single: one waits, and a newer one replaces it; max: up to 100 wait in their order.',
  })
  return 'single'
}
