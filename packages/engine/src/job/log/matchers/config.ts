import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'

/** Fields of a problem that a group of an expression may fill. */
export const fields = ['file', 'line', 'column', 'severity', 'code', 'message', 'fromPath'] as const

/** One of `fields`. */
export type Field = (typeof fields)[number]

const Group = z.number().int().nonnegative().optional()
const Pattern = z.object({
  regexp: z.string().max(2000).default(''),
  file: Group,
  line: Group,
  column: Group,
  severity: Group,
  code: Group,
  message: Group,
  fromPath: Group,
  loop: z.boolean().default(false),
})
const Matcher = z.object({
  owner: z.string().min(1).max(200),
  severity: z
    .string()
    .regex(/^(error|warning|notice)?$/i, 'is not error, warning or notice')
    .default(''),
  fromPath: z.string().max(1024).default(''),
  pattern: z.array(Pattern).min(1).max(20),
})
const File = z.object({ problemMatcher: z.array(Matcher).max(50).default([]) })

/** One line of output that a problem is read from. */
export type PatternConfig = z.infer<typeof Pattern>

/** One problem matcher as written in its file; see actions/runner, docs/adrs/0276-problem-matchers.md. */
export type MatcherConfig = z.infer<typeof Matcher>

/** Reads the file of a problem matcher, which is hostile. Throws a Failure `invalid-matcher` in words. */
export function parseMatchers(text: string): MatcherConfig[] {
  const read = File.safeParse(json(text.replace(/^\uFEFF/, '')))
  if (!read.success) {
    const [issue] = read.error.issues
    throw invalid(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'is wrong'}`)
  }
  const matchers = read.data.problemMatcher
  for (const matcher of matchers) checkMatcher(matcher)
  const owners = matchers.map((matcher) => matcher.owner.toLowerCase())
  const twice = owners.find((owner, at) => owners.indexOf(owner) !== at)
  if (twice !== undefined) throw invalid(`two matchers have the owner ${twice}`)
  return matchers
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid('it is no JSON', cause)
  }
}

function checkMatcher({ owner, pattern: patterns }: MatcherConfig): void {
  const set = new Set<Field>()
  for (const [at, pattern] of patterns.entries()) {
    const last = at === patterns.length - 1
    if (pattern.loop && (at === 0 || !last)) {
      throw invalid(`${owner}: only the last of several patterns may have loop`)
    }
    if (pattern.loop && pattern.message === undefined) {
      throw invalid(`${owner}: the pattern with loop must name message`)
    }
    for (const field of fields) {
      if (pattern[field] === undefined) continue
      if (set.has(field)) throw invalid(`${owner}: ${field} is named twice`)
      set.add(field)
    }
  }
  if (!set.has('message')) throw invalid(`${owner}: no pattern names message`)
}

/** The failure of a matcher's file. */
export function invalid(message: string, cause?: unknown): Failure {
  return new Failure('invalid-matcher', message, {
    hint: 'See problem matchers in the documentation of GitHub Actions.',
    ...(cause === undefined ? {} : { cause }),
  })
}
