import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml'
import type { Diagnostic, Position } from '../../base/diagnostics.ts'

interface Placed {
  start: Position
  end: Position
}

/** One entry of a mapping, in the order written. */
export interface YamlEntry {
  key: string
  keyAt: Placed
  value: YamlNode
}

/** YAML as plain data with places; aliases stand resolved, at the place of their anchor. */
export type YamlNode = Placed &
  (
    | { kind: 'map'; entries: YamlEntry[] }
    | { kind: 'list'; items: YamlNode[] }
    /** `raw` is the text as it stands in the file, quotes and indentation included. */
    | { kind: 'scalar'; value: string | number | boolean | null; raw: string }
  )

/** What a workflow file may at most be; real ones stay far below each. */
export const yamlLimits = { sizeBytes: 512 * 1024, depth: 24, nodes: 20_000, aliases: 300 }

/** Reads one YAML 1.2 document; every mistake and every hostile size is a diagnostic. Never throws. */
export function readYaml(file: string, text: string): { root?: YamlNode; diagnostics: Diagnostic[] } {
  const fail = (code: string, message: string, hint: string, start: Position = { line: 1, column: 1 }) => ({
    diagnostics: [{ severity: 'error' as const, code, message, hint, file, start }],
  })
  if (new TextEncoder().encode(text).length > yamlLimits.sizeBytes) {
    return fail(
      'file-too-large',
      `the file is larger than ${yamlLimits.sizeBytes / 1024} kB`,
      'Split the workflow.',
    )
  }
  const deep = tooDeep(text)
  if (deep) return fail('nested-too-deep', 'the YAML is nested too deeply', 'Flatten it.', deep)
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      merge: false,
    })
    const diagnostics = problemsOf(file, document, text)
    if (diagnostics.length > 0) return { diagnostics }
    if (!document.contents) return fail('empty-file', 'the file is empty', 'Write `on:` and `jobs:`.')
    const root = convert(
      document.contents,
      { document, text, lines, left: yamlLimits.nodes, aliases: yamlLimits.aliases, open: new Set() },
      0,
    )
    return { root, diagnostics }
  } catch (error) {
    if (error instanceof TreeRefused) return fail(error.code, error.message, error.hint, error.start)
    if (error instanceof RangeError)
      return fail('nested-too-deep', 'the YAML is nested too deeply', 'Flatten it.')
    return fail('invalid-yaml', error instanceof Error ? error.message : String(error), 'Check the YAML.')
  }
}

/** Brackets and leading spaces bound the nesting before a recursive parser sees it; quotes do not matter. */
function tooDeep(text: string): Position | undefined {
  const lines = text.split('\n')
  for (const [index, content] of lines.entries()) {
    let open = 0
    for (let i = 0; i < content.length; i++) {
      if (content[i] === '[' || content[i] === '{') open++
      else if (content[i] === ']' || content[i] === '}') open = Math.max(0, open - 1)
      if (open > 500) return { line: index + 1, column: i + 1 }
    }
    const dashes = /^[\s?:-]*/.exec(content)?.[0].replace(/\s/g, '').length ?? 0
    if (dashes > 500) return { line: index + 1, column: 1 }
  }
  return undefined
}

/** What is wrong in a tree that could be read; all else is a mistake in writing it, and what follows from the first. */
const independent: readonly string[] = [
  'DUPLICATE_KEY',
  'MULTIPLE_ANCHORS',
  'TAG_RESOLVE_FAILED',
  'BAD_ALIAS',
]

function problemsOf(file: string, document: Document, text: string): Diagnostic[] {
  const all = [...document.errors, ...document.warnings]
  const first = all.find(({ code }) => !independent.includes(code))
  const told = all.filter((problem) => problem === first || independent.includes(problem.code)).slice(0, 20)
  const lines = text.split('\n')
  const found: Diagnostic[] = told.map((problem) => {
    const [from, to] = problem.linePos ?? []
    return {
      severity: 'error',
      code: 'invalid-yaml',
      message: (problem.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, ''),
      hint: yamlHint(lines[(from?.line ?? 1) - 1] ?? ''),
      file,
      start: { line: from?.line ?? 1, column: from?.col ?? 1 },
      ...(to ? { end: { line: to.line, column: to.col } } : {}),
    }
  })
  if (
    found.length === 0 &&
    document.directives?.yaml.explicit &&
    document.directives.yaml.version !== '1.2'
  ) {
    found.push({
      severity: 'error',
      code: 'yaml-version',
      message: `YAML ${document.directives.yaml.version} is not the language of workflows`,
      hint: 'Remove the %YAML directive.',
      file,
      start: { line: 1, column: 1 },
    })
  }
  return found
}

class TreeRefused extends Error {
  readonly code: string
  readonly hint: string
  readonly start: Position

  constructor(code: string, message: string, hint: string, start: Position) {
    super(message)
    this.code = code
    this.hint = hint
    this.start = start
  }
}

interface Conversion {
  document: Document
  text: string
  lines: LineCounter
  /** How many nodes may still come, aliases counted each time they are used. */
  left: number
  /** How many aliases may still be followed: the library looks through the whole file for each. */
  aliases: number
  /** Anchors being resolved, against aliases that contain themselves. */
  open: Set<unknown>
}

function convert(node: unknown, c: Conversion, depth: number): YamlNode {
  const at = place(node as Node | null, c)
  if (--c.left < 0) {
    throw new TreeRefused(
      'too-many-nodes',
      'the YAML grows beyond all bounds',
      'Use fewer aliases.',
      at.start,
    )
  }
  if (depth > yamlLimits.depth) {
    throw new TreeRefused('nested-too-deep', 'the YAML is nested too deeply', 'Flatten it.', at.start)
  }
  if (isAlias(node)) return convertAlias(node, c, depth)
  if (isMap(node)) {
    const entries = node.items.map((pair) => convertPair(pair, c, depth, at.start))
    return { kind: 'map', entries, ...at }
  }
  if (isSeq(node))
    return { kind: 'list', items: node.items.map((item) => convert(item, c, depth + 1)), ...at }
  if (!isScalar(node)) return { kind: 'scalar', value: null, raw: '', ...at }
  const [from, to] = node.range ?? [0, 0]
  const value = node.value
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return { kind: 'scalar', value: plain ? value : null, raw: c.text.slice(from, to), ...at }
}

function convertAlias(node: unknown, c: Conversion, depth: number): YamlNode {
  const at = place(node as Node, c)
  if (--c.aliases < 0) {
    throw new TreeRefused(
      'too-many-aliases',
      'the YAML uses too many aliases',
      'Write the values out.',
      at.start,
    )
  }
  const target = isAlias(node) ? node.resolve(c.document) : undefined
  if (!target) {
    const name = isAlias(node) ? node.source : ''
    throw new TreeRefused(
      'unknown-anchor',
      `nothing before this is called &${name}`,
      `Put &${name} before the value that is meant.`,
      at.start,
    )
  }
  if (c.open.has(target)) {
    throw new TreeRefused('circular-alias', 'an alias contains itself', 'Write the value out.', at.start)
  }
  c.open.add(target)
  const resolved = convert(target, c, depth)
  c.open.delete(target)
  return resolved
}

function convertPair(pair: unknown, c: Conversion, depth: number, parent: Position): YamlEntry {
  if (!isPair(pair) || !isScalar(pair.key) || typeof pair.key.value === 'object') {
    throw new TreeRefused('invalid-key', 'a key must be plain text', 'Write the key as a word.', parent)
  }
  const keyAt = place(pair.key, c)
  if (pair.key.value === '<<' && pair.key.type === 'PLAIN') {
    throw new TreeRefused(
      'merge-key',
      'merge keys are not part of the language',
      'Name the whole mapping by an alias, or write its keys out.',
      keyAt.start,
    )
  }
  const value: YamlNode = pair.value
    ? convert(pair.value, c, depth + 1)
    : { kind: 'scalar', value: null, raw: '', start: keyAt.end, end: keyAt.end }
  return { key: String(pair.key.value), keyAt, value }
}

function place(node: Node | null, c: Conversion): Placed {
  const [from, to] = node?.range ?? [0, 0]
  const at = (offset: number): Position => {
    const { line, col } = c.lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  return { start: at(from), end: at(to) }
}

function yamlHint(line: string): string {
  const hint = 'The file is not valid YAML 1.2; correct the line that is named.'
  return /[{[][^"']*\$\{\{/.test(line) ? `${hint} Inside { } and [ ], quote what has \${{ }}.` : hint
}
