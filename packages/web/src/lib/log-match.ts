/** What is sought: text in any case, or a regular expression. */
export interface LogQuery {
  text: string
  regex: boolean
}

/** More of a line than this is not looked at by an expression. */
export const maxMatchChars = 20_000

/** Why an expression cannot be used, in the engine's words; null when it can. */
export function queryProblem(query: LogQuery): string | null {
  if (!query.regex) return null
  try {
    new RegExp(query.text, 'iu')
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Where a query stands in a text, as [start, end) pairs, at most `limit`. */
export function matchesIn(query: LogQuery, text: string, limit = 200): [number, number][] {
  if (!query.text) return []
  return query.regex ? byExpression(query.text, text, limit) : byWords(query.text, text, limit)
}

function byWords(wanted: string, text: string, limit: number): [number, number][] {
  const [low, sought] = [text.toLowerCase(), wanted.toLowerCase()]
  const found: [number, number][] = []
  for (let at = low.indexOf(sought); at >= 0 && found.length < limit; at = low.indexOf(sought, at)) {
    found.push([at, at + sought.length])
    at += sought.length
  }
  return found
}

function byExpression(source: string, text: string, limit: number): [number, number][] {
  const found: [number, number][] = []
  for (const match of text.slice(0, maxMatchChars).matchAll(new RegExp(source, 'giu'))) {
    if (match[0] === '') continue
    found.push([match.index, match.index + match[0].length])
    if (found.length === limit) break
  }
  return found
}
