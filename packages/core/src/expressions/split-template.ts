/** A piece of a template: text as it stands, or the inside of one `${{ }}` with its offset in the source. */
export type TemplatePart =
  | { kind: 'text'; text: string }
  | { kind: 'expression'; text: string; offset: number }

/**
 * Cuts text at its `${{ }}`; quotes inside an expression may hold `}}`.
 * `unclosedAt` is the offset of a `${{` that has no end; the parts then stop before it.
 */
export function splitTemplate(source: string): { parts: TemplatePart[]; unclosedAt?: number } {
  const parts: TemplatePart[] = []
  let from = 0
  for (;;) {
    const open = source.indexOf('${{', from)
    if (open < 0) break
    const close = findClose(source, open + 3)
    if (close < 0) return { parts, unclosedAt: open }
    if (open > from) parts.push({ kind: 'text', text: source.slice(from, open) })
    parts.push({ kind: 'expression', text: source.slice(open + 3, close), offset: open + 3 })
    from = close + 2
  }
  if (from < source.length) parts.push({ kind: 'text', text: source.slice(from) })
  return { parts }
}

function findClose(source: string, start: number): number {
  let quoted = false
  for (let i = start; i < source.length; i++) {
    if (source[i] === "'") quoted = !quoted
    else if (!quoted && source[i] === '}' && source[i + 1] === '}') return i
  }
  return -1
}

/**
 * The one expression that a value under `if:` stands for. Text around `${{ }}` makes the whole a string,
 * which is true when it is not empty: `${{ false }} && true` is `format('{0} && true', false)`, as on GitHub.
 */
export function conditionExpression(source: string): { expression: string; unclosedAt?: number } {
  const trimmed = source.trim()
  const { parts, unclosedAt } = splitTemplate(trimmed)
  if (unclosedAt !== undefined) return { expression: trimmed, unclosedAt }
  const only = parts[0]
  if (!parts.some((part) => part.kind === 'expression')) return { expression: trimmed }
  if (parts.length === 1 && only?.kind === 'expression') return { expression: only.text.trim() }
  const values: string[] = []
  const text = parts.map((part) => {
    if (part.kind === 'text') return part.text.replace(/'/g, "''").replace(/[{}]/g, '$&$&')
    values.push(part.text.trim())
    return `{${values.length - 1}}`
  })
  return { expression: `format('${text.join('')}', ${values.join(', ')})` }
}
