import type { CompiledMatcher, CompiledPattern } from './compile.ts'
import { type Field, fields } from './config.ts'

/** What a matcher found of a problem so far. */
export type Found = Partial<Record<Field, string>>

/** One matcher at work on one stream of lines; see actions/runner, docs/adrs/0276-problem-matchers.md. */
export interface LineMatcher {
  /** The problem that ends in this line, if one does. */
  match(line: string): Found | undefined
  /** Forgets lines before that a problem may have begun in. */
  reset(): void
}

/** A matcher with the lines that it has seen. */
export function createLineMatcher(matcher: CompiledMatcher): LineMatcher {
  const { patterns } = matcher
  const last = patterns.length - 1
  /** What the patterns before the last found, each in the line that came before that of the next one. */
  let begun: Array<Found | undefined> = []
  const finish = (found: Found): Found => ({
    ...found,
    severity: found.severity || matcher.severity,
    fromPath: found.fromPath || matcher.fromPath,
  })
  return {
    match(line) {
      // Backwards, so that a line counts for one pattern of a running match only.
      for (let at = last; at >= 0; at--) {
        const before = at > 0 ? begun[at - 1] : {}
        const pattern = patterns[at]
        if (!before || !pattern) continue
        const found = read(pattern, line, before)
        if (at < last) begun[at] = found
        else if (!found) begun[at - 1] = undefined
        else {
          begun = []
          if (pattern.loop) begun[at - 1] = before
          return finish(found)
        }
      }
      return undefined
    },
    reset() {
      begun = []
    },
  }
}

function read(pattern: CompiledPattern, line: string, before: Found): Found | undefined {
  const match = pattern.regex.matcher(line)
  if (!match.find()) return undefined
  const found: Found = { ...before }
  for (const field of fields) {
    const group = pattern.groups[field]
    if (group !== undefined) found[field] ??= match.group(group) ?? ''
  }
  return found
}
