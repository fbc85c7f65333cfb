/** A place in a text file; line and column count from 1. */
export interface Position {
  line: number
  column: number
}

/**
 * A mistake in something a person wrote, as data: where it is, what is wrong and what to do.
 * `code` is stable kebab-case (`unknown-key`); `file` is a path relative to the repository's root.
 */
export interface Diagnostic {
  severity: 'error' | 'warning'
  code: string
  message: string
  hint?: string
  file: string
  start: Position
  end?: Position
}

/** `file:line:column: severity: message (code)`, the form that editors and terminals turn into links. */
export function formatDiagnostic(d: Diagnostic): string {
  const head = `${d.file}:${d.start.line}:${d.start.column}: ${d.severity}: ${d.message} (${d.code})`
  return d.hint ? `${head}\n  ${d.hint}` : head
}
