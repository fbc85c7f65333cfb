import { RE2JS } from 're2js'
import { type Field, fields, invalid, type MatcherConfig } from './config.ts'

/** One line that a problem is read from, ready to run; groups by field. */
export interface CompiledPattern {
  regex: RE2JS
  groups: Partial<Record<Field, number>>
  loop: boolean
}

/** A problem matcher, ready to run. */
export interface CompiledMatcher {
  owner: string
  severity: string
  fromPath: string
  patterns: readonly CompiledPattern[]
}

/** An expression may become at most so large; a line costs at most as much for each of its characters. */
const maxProgram = 2000

/**
 * Makes a matcher ready to run. Its expressions are the step's, so they run in an engine whose time is linear in the
 * line; what only looks around or refers back can be written for others. Answers why such a matcher is left out.
 * Throws a Failure `invalid-matcher` when a field names a group that there is not.
 */
export function compileMatcher(config: MatcherConfig): CompiledMatcher | { leftOut: string } {
  const patterns: CompiledPattern[] = []
  for (const pattern of config.pattern) {
    const regex = compile(pattern.regexp)
    if (typeof regex === 'string') return { leftOut: regex }
    const groups: CompiledPattern['groups'] = {}
    for (const field of fields) {
      const group = pattern[field]
      if (group === undefined) continue
      if (group > regex.groupCount()) {
        throw invalid(`${config.owner}: ${field} names group ${group}, which there is not`)
      }
      groups[field] = group
    }
    patterns.push({ regex, groups, loop: pattern.loop })
  }
  return { owner: config.owner, severity: config.severity, fromPath: config.fromPath, patterns }
}

function compile(source: string): RE2JS | string {
  try {
    const regex = RE2JS.compile(RE2JS.translateRegExp(source))
    return regex.programSize() > maxProgram ? 'its expression is too large' : regex
  } catch (error) {
    return `its expression is not understood (${error instanceof Error ? error.message : String(error)})`
  }
}
