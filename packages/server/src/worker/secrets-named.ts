// Not the key of a calling job or of workflow_call: what is handed on there is named in an expression or further down.
const mention = /\bsecrets\b(?!\s*:)(?:\s*\.\s*([A-Za-z_][A-Za-z0-9_-]*)|\s*\[\s*'([^']*)'\s*\])?/gi

/** The secrets that a workflow's text names, in upper case; `all` where it takes the whole context. */
export function secretsNamedIn(text: string): Set<string> | 'all' {
  const names = new Set<string>()
  for (const [, dotted, quoted] of text.matchAll(mention)) {
    const name = dotted ?? quoted
    if (name === undefined) return 'all'
    names.add(name.toUpperCase())
  }
  return names
}
