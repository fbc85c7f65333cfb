import { posix } from 'node:path'
import { type Annotation, annotationOf } from '../annotations.ts'
import type { CompiledMatcher } from './compile.ts'
import type { JobMatchers } from './job-matchers.ts'
import { createLineMatcher, type Found, type LineMatcher } from './match-line.ts'

/** Longer lines hold no problem that a person could read. */
const maxLineChars = 4096

/** Reads problems from the lines of one step with the matchers of its job. */
export interface ProblemReader {
  /** The problem that ends in a line. Its file, if it has one, is a path that is still to be looked for. */
  read(line: string): Annotation | undefined
  /** What a person should know of the reading, once. */
  takeWarning(): string | undefined
}

/** A reader for one step. */
export function createProblemReader(matchers: JobMatchers): ProblemReader {
  const running = new Map<CompiledMatcher, LineMatcher>()
  let warning: string | undefined
  return {
    read(line) {
      const { active } = matchers
      if (active.length === 0 || line.length > maxLineChars) return undefined
      const plain = withoutColors(line)
      for (const matcher of active) {
        const startedAt = performance.now()
        const at = running.get(matcher) ?? createLineMatcher(matcher)
        running.set(matcher, at)
        const found = at.match(plain)
        if (matchers.spent(performance.now() - startedAt)) {
          warning = 'the problem matchers of this job are taken away: they take too long to match a line'
          return undefined
        }
        if (!found) continue
        for (const [other, lines] of running) if (other !== matcher) lines.reset()
        const problem = problemOf(found)
        if (problem) return problem
      }
      return undefined
    },
    takeWarning() {
      const said = warning
      warning = undefined
      return said
    },
  }
}

function withoutColors(line: string): string {
  return line.includes('\u001b[') ? line.replace(/\u001b\[[0-9;]*m?/g, '') : line
}

/** Undefined for what has no message, or a severity that is none. */
function problemOf(found: Found): Annotation | undefined {
  const level = (found.severity || 'error').toLowerCase()
  if (!found.message?.trim()) return undefined
  if (level !== 'error' && level !== 'warning' && level !== 'notice') return undefined
  const file = found.file?.trim()
  const from = found.fromPath?.trim()
  return annotationOf(level, {
    message: found.message,
    title: found.code,
    file: file && from && !posix.isAbsolute(file) ? posix.join(posix.dirname(from), file) : file,
    line: found.line,
    column: found.column,
  })
}
