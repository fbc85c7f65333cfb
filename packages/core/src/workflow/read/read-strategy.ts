import type { DataTemplate, Strategy } from '../model.ts'
import { entriesByKey, nearest } from './read-keys.ts'
import { readTemplate } from './read-template.ts'
import { type Located, listOf, mapOf, type Reader, refuse, textOf } from './reader.ts'

const known = ['matrix', 'fail-fast', 'max-parallel'] as const

/** Reads `strategy:`; values behind expressions are checked when they are known. */
export function readStrategy(reader: Reader, value: Located): Strategy | undefined {
  const entries = mapOf(reader, value, 'strategy')
  if (!entries) return undefined
  for (const entry of entries.filter(({ key }) => !known.some((name) => name === key))) {
    refuse(reader, entry.keyAt, {
      code: 'unknown-key',
      message: `${entry.key} is not a key of strategy`,
      hint: nearest(entry.key, known),
    })
  }
  const { matrix, 'fail-fast': failFast, 'max-parallel': maxParallel } = entriesByKey(entries)
  if (maxParallel) checkParallel(reader, maxParallel)
  return {
    matrix: matrix && readMatrix(reader, matrix),
    failFast: failFast && readTemplate(reader, failFast, 'fail-fast'),
    maxParallel: maxParallel && readTemplate(reader, maxParallel, 'max-parallel'),
    start: value.node.start,
  }
}

/** Refuses a written number of jobs that is no whole number above zero. */
function checkParallel(reader: Reader, value: Located): void {
  const text = textOf(reader, value, 'max-parallel')
  if (text === undefined || text.includes('${{')) return
  if (Number.isInteger(Number(text)) && Number(text) > 0) return
  refuse(reader, value.node, {
    code: 'invalid-strategy',
    message: `${text} is not a number of jobs`,
    hint: 'Write a whole number above 0.',
  })
}

function readMatrix(reader: Reader, value: Located): DataTemplate | undefined {
  if (value.node.kind === 'scalar') {
    const template = readTemplate(reader, value, 'matrix')
    if (!template || template.source.includes('${{')) return template && { kind: 'text', template }
    refuse(reader, value.node, {
      code: 'wrong-type',
      message: 'matrix must be a mapping',
      hint: 'Write `name: [one, two]` lines, indented, or one expression as in ${{ fromJSON(…) }}.',
    })
    return undefined
  }
  const entries = mapOf(reader, value, 'matrix') ?? []
  for (const entry of entries) {
    const { node } = entry
    if (node.kind === 'list' && (node.items.length > 0 || isFilter(entry.key))) continue
    if (node.kind === 'scalar' && String(node.value).includes('${{')) continue
    refuse(reader, node, {
      code: 'invalid-matrix',
      message: `${entry.key} of the matrix must be a list${node.kind === 'list' ? ' with something in it' : ''}`,
      hint: 'Write its values as [one, two].',
    })
  }
  return readData(reader, value)
}

/** Whether a key of a matrix adds or removes combinations instead of making them. */
function isFilter(key: string): boolean {
  return key === 'include' || key === 'exclude'
}

/** Reads plain data in which any text may be an expression; `what` names it where it is refused. */
export function readData(reader: Reader, value: Located, what = 'a value of the matrix'): DataTemplate {
  const { node } = value
  if (node.kind === 'map') {
    const entries = mapOf(reader, value, what) ?? []
    return {
      kind: 'map',
      entries: entries.map((entry) => ({ key: entry.key, value: readData(reader, entry, what) })),
    }
  }
  if (node.kind === 'list') {
    const items = listOf(reader, value, what) ?? []
    return { kind: 'list', items: items.map((item) => readData(reader, item, what)) }
  }
  if (typeof node.value !== 'string') return { kind: 'value', value: node.value }
  const template = readTemplate(reader, value, what)
  return template ? { kind: 'text', template } : { kind: 'value', value: null }
}
