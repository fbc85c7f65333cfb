import { commands } from '@signalbox/core/workflow/support/output.ts'
import { namesOf } from '@signalbox/core/workflow/support/verdict.ts'

/** A workflow command of a line: its name in lower case, its properties by lower-case name, and its data, unescaped. */
export interface CommandLine {
  name: string
  properties: ReadonlyMap<string, string>
  data: string
  /** As `::name properties::data`, still escaped, whichever way it was written. */
  text: string
}

const known: ReadonlySet<string> = new Set(namesOf(commands))

/** Whether this word is a workflow command, whatever its case. */
export function isCommand(name: string): boolean {
  return known.has(name.toLowerCase())
}

/**
 * Reads `::name key=value,key=value::data` at the beginning of a line, or `##[name key=value;key=value]data` anywhere
 * in it, as GitHub's runner does. A name that is neither a command nor `token` makes a line like any other.
 */
export function parseCommandLine(line: string, token?: string): CommandLine | undefined {
  return parseColons(line, token) ?? parseBrackets(line, token)
}

function parseColons(line: string, token: string | undefined): CommandLine | undefined {
  const text = line.trimStart()
  if (!text.startsWith('::')) return undefined
  const end = text.indexOf('::', 2)
  if (end < 0) return undefined
  const head = text.slice(2, end)
  const name = nameOf(head, token)
  if (name === undefined) return undefined
  const properties = propertiesOf(head, ',', unescapeProperty)
  return { name, properties, data: unescapeData(text.slice(end + 2)), text }
}

function parseBrackets(line: string, token: string | undefined): CommandLine | undefined {
  const start = line.indexOf('##[')
  const end = start < 0 ? -1 : line.indexOf(']', start)
  if (end < 0) return undefined
  const head = line.slice(start + 3, end)
  const name = nameOf(head, token)
  if (name === undefined) return undefined
  const properties = propertiesOf(head, ';', unescapeOld)
  const data = unescapeOld(line.slice(end + 1))
  const written = [...properties].map(([key, value]) => `${key}=${escapeProperty(value)}`).join(',')
  return { name, properties, data, text: `::${name}${written ? ` ${written}` : ''}::${escapeData(data)}` }
}

function nameOf(head: string, token: string | undefined): string | undefined {
  const blank = head.indexOf(' ')
  const name = (blank < 0 ? head : head.slice(0, blank)).toLowerCase()
  return known.has(name) || (token !== undefined && name === token.toLowerCase()) ? name : undefined
}

function propertiesOf(
  head: string,
  separator: string,
  unescaped: (text: string) => string,
): Map<string, string> {
  const found = new Map<string, string>()
  const blank = head.indexOf(' ')
  if (blank < 0) return found
  for (const pair of head.slice(blank + 1).split(separator)) {
    const at = pair.indexOf('=')
    const value = pair.slice(at + 1)
    if (at > 0 && value !== '') found.set(pair.slice(0, at).trim().toLowerCase(), unescaped(value))
  }
  return found
}

/** The data of a command as it was meant; escapes in small letters are none. That of the sign itself comes last. */
export function unescapeData(text: string): string {
  return text.includes('%')
    ? text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
    : text
}

function unescapeProperty(text: string): string {
  if (!text.includes('%')) return text
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','))
}

function unescapeOld(text: string): string {
  if (!text.includes('%')) return text
  return unescapeData(text.replaceAll('%3B', ';').replaceAll('%5D', ']'))
}

/** The other way round: data as a command writes it. */
export function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
