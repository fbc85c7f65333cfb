import { Failure } from '@signalbox/core/base/failure.ts'

/** GitHub's limit on what a step may hand on by one file. */
export const maxFileBytes = 1024 * 1024

/**
 * Reads `NAME=value` lines and `NAME<<DELIMITER` blocks, as in GITHUB_ENV, GITHUB_OUTPUT and GITHUB_STATE.
 * Later lines win. Throws a Failure `invalid-command-file` that shows the bad line.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function parseCommandFile(text: string): Map<string, string> {
  const values = new Map<string, string>()
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = withoutReturn(lines[i] ?? '')
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const block = readBlock(lines, i, heredoc)
      values.set(block.name, block.value)
      i = block.last
      continue
    }
    if (equals < 1) throw invalid(`the line has no name and value: ${shorten(line)}`)
    values.set(line.slice(0, equals), line.slice(equals + 1))
  }
  return values
}

function readBlock(
  lines: string[],
  at: number,
  heredoc: number,
): { name: string; value: string; last: number } {
  const line = withoutReturn(lines[at] ?? '')
  const name = line.slice(0, heredoc)
  const delimiter = line.slice(heredoc + 2)
  if (name === '' || delimiter === '') throw invalid(`the line has no name or delimiter: ${shorten(line)}`)
  const value: string[] = []
  for (let i = at + 1; i < lines.length; i++) {
    const next = lines[i] ?? ''
    if (withoutReturn(next) === delimiter) return { name, value: withoutReturn(value.join('\n')), last: i }
    value.push(next)
  }
  throw invalid(`the delimiter ${shorten(delimiter)} of ${shorten(name)} does not come again`)
}

/** The folders of a GITHUB_PATH file in the order written; a later one goes before an earlier one. */
export function parsePathFile(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map(withoutReturn)
    .filter((line) => line !== '')
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

function invalid(message: string): Failure {
  return new Failure('invalid-command-file', message, { hint: 'Write NAME=value, or NAME<<END, lines, END.' })
}
