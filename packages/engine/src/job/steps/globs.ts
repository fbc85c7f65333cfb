/** Which files of a workspace a list of patterns names. */
export interface FilePatterns {
  /** For a path relative to the workspace, with `/` between its parts. */
  matches(path: string): boolean
  /** Paths before the first wildcard, of the patterns that add. */
  roots: string[]
}

/**
 * Patterns as GitHub's glob has them: `*`, `?`, `[a-z]` within a part, `**` for any parts, `!` in front takes away,
 * the last one that fits decides, a folder stands for all in it. A pattern may be absolute, below `workspace`.
 */
export function filePatterns(patterns: readonly string[], workspace: string): FilePatterns {
  const rules = patterns.flatMap((line) => {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) return []
    const negated = text.startsWith('!')
    const parts = partsOf(negated ? text.slice(1).trim() : text, workspace)
    return parts ? [{ negated, parts }] : []
  })
  return {
    matches(path) {
      const parts = path.split('/')
      let found = false
      for (const rule of rules) {
        if (found !== rule.negated) continue
        if (fitsParts(rule.parts, parts)) found = !rule.negated
      }
      return found
    },
    roots: rules.filter((rule) => !rule.negated).map(({ parts }) => parts.slice(0, wildAt(parts)).join('/')),
  }
}

/** Undefined for a pattern that leaves the workspace. */
function partsOf(pattern: string, workspace: string): string[] | undefined {
  let path = pattern
  if (path === workspace || path.startsWith(`${workspace}/`)) path = path.slice(workspace.length + 1)
  else if (path.startsWith('/') || path.startsWith('~')) return undefined
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || (part === '**' && parts.at(-1) === '**')) continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts
}

function wildAt(parts: readonly string[]): number {
  const at = parts.findIndex((part) => /[*?[]/.test(part))
  return at < 0 ? parts.length : at
}

/** Whether a pattern names a path or a folder above it; no backtracking beyond parts times parts. */
function fitsParts(pattern: readonly string[], path: readonly string[]): boolean {
  // reached[i]: the first i parts of the pattern can stand for what was read of the path.
  let reached = new Set(after(pattern, [0]))
  if (reached.has(pattern.length)) return true
  for (const part of path) {
    const next: number[] = []
    for (const at of reached) {
      const one = pattern[at]
      if (one === '**') next.push(at)
      else if (one !== undefined && fitsPart(one, part)) next.push(at + 1)
    }
    reached = new Set(after(pattern, next))
    if (reached.has(pattern.length)) return true
  }
  return false
}

/** `**` may also stand for nothing. */
function after(pattern: readonly string[], positions: number[]): number[] {
  return positions.flatMap((at) => {
    const all = [at]
    for (let i = at; pattern[i] === '**'; i++) all.push(i + 1)
    return all
  })
}

/** One part against one name, by the two-pointer walk: never more than one times the other. */
export function fitsPart(pattern: string, name: string): boolean {
  let p = 0
  let n = 0
  let star = -1
  let from = 0
  while (n < name.length) {
    const step = p < pattern.length && pattern[p] !== '*' ? oneChar(pattern, p, name[n] ?? '') : 0
    if (step > 0) {
      p += step
      n++
    } else if (pattern[p] === '*') {
      star = p++
      from = n
    } else if (star >= 0) {
      p = star + 1
      n = ++from
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** How many characters of the pattern stand for this one; 0 when none do. */
function oneChar(pattern: string, at: number, char: string): number {
  const c = pattern[at]
  if (c === '?') return 1
  if (c !== '[') return c === char ? 1 : 0
  const close = pattern.indexOf(']', at + 2)
  if (close < 0) return char === '[' ? 1 : 0
  const negated = pattern[at + 1] === '!' || pattern[at + 1] === '^'
  const set = pattern.slice(at + (negated ? 2 : 1), close)
  return inSet(set, char) !== negated ? close - at + 1 : 0
}

function inSet(set: string, char: string): boolean {
  for (let i = 0; i < set.length; i++) {
    const low = set[i] ?? ''
    const high = set[i + 1] === '-' ? set[i + 2] : undefined
    if (high === undefined ? low === char : low <= char && char <= high) return true
    if (high !== undefined) i += 2
  }
  return false
}
