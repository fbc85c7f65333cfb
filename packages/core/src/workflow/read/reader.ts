import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { isMapping, isSequence } from '@actions/workflow-parser/templates/tokens/type-guards'
import type { Diagnostic, Position } from '../../base/diagnostics.ts'
import type { YamlEntry, YamlNode } from './yaml-tree.ts'

/** A value of the file beside GitHub's token for it, which knows what expressions may name there. */
export interface Located {
  node: YamlNode
  /** Undefined where GitHub's schema already refused the value. */
  token: TemplateToken | undefined
}

/** An entry of a mapping with its token. */
export type LocatedEntry = Located & { key: string; keyAt: YamlEntry['keyAt'] }

/** Collects what is wrong while a file is read. */
export interface Reader {
  file: string
  diagnostics: Diagnostic[]
}

/** More than this many mistakes help nobody and cost time with a hostile file. */
const maxDiagnostics = 100

/** Adds an error at a place; after a hundred of them the rest is not counted. */
export function refuse(
  reader: Reader,
  at: { start: Position; end?: Position },
  problem: { code: string; message: string; hint?: string; severity?: 'error' | 'warning' },
): void {
  if (reader.diagnostics.length >= maxDiagnostics) return
  reader.diagnostics.push({ severity: 'error', ...problem, file: reader.file, start: at.start, end: at.end })
}

/** The entries of a mapping, or undefined after refusing what is none. */
export function mapOf(reader: Reader, value: Located, what: string): LocatedEntry[] | undefined {
  if (value.node.kind !== 'map') {
    refuse(reader, value.node, {
      code: 'wrong-type',
      message: `${what} must be a mapping`,
      hint: 'Write `key: value` lines, indented.',
    })
    return undefined
  }
  // A table of our own: the token's `find` is linear, and a file may hold ten thousand keys.
  const tokens = new Map<string, TemplateToken>()
  if (value.token && isMapping(value.token)) {
    for (const pair of value.token) tokens.set(pair.key.toString(), pair.value)
  }
  const seen = new Map<string, LocatedEntry>()
  for (const entry of value.node.entries) {
    const folded = entry.key.toLowerCase()
    if (seen.has(folded)) {
      refuse(reader, entry.keyAt, {
        code: 'duplicate-key',
        message: `${entry.key} is already defined`,
        hint: 'Keep one of the two; names differ by more than their case.',
      })
      continue
    }
    seen.set(folded, { key: entry.key, keyAt: entry.keyAt, node: entry.value, token: tokens.get(entry.key) })
  }
  return [...seen.values()]
}

/** The items of a list, or undefined after refusing what is none. */
export function listOf(reader: Reader, value: Located, what: string): Located[] | undefined {
  if (value.node.kind !== 'list') {
    refuse(reader, value.node, {
      code: 'wrong-type',
      message: `${what} must be a list`,
      hint: 'Begin each item with `- `.',
    })
    return undefined
  }
  const token = value.token && isSequence(value.token) ? value.token : undefined
  return value.node.items.map((node, index) => ({
    node,
    token: token && index < token.count ? token.get(index) : undefined,
  }))
}

/** A scalar as GitHub's runner sees it: numbers without trailing zeros, nothing as the empty text. */
export function textOf(reader: Reader, value: Located, what: string): string | undefined {
  if (value.node.kind !== 'scalar') {
    refuse(reader, value.node, { code: 'wrong-type', message: `${what} must be a single value` })
    return undefined
  }
  const scalar = value.node.value
  if (scalar === null) return ''
  return typeof scalar === 'number' ? String(+scalar.toFixed(15)) : String(scalar)
}
