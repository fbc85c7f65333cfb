import { compileMatcher } from './compile.ts'
import { parseMatchers } from './config.ts'
import type { JobMatchers } from './job-matchers.ts'

/** A matcher's file as it stands in a repository. */
export function matcherFile(...matchers: unknown[]): string {
  return JSON.stringify({ problemMatcher: matchers })
}

/** The three shapes of problems that tools for JavaScript print: one line, a file with lines below it, and compact. */
export const typescript = {
  owner: 'tsc',
  pattern: [
    {
      regexp: '^([^\\s(].*)\\((\\d+),(\\d+)\\):\\s+(error|warning|info)\\s+(TS\\d+)\\s*:\\s*(.*)$',
      file: 1,
      line: 2,
      column: 3,
      severity: 4,
      code: 5,
      message: 6,
    },
  ],
}

/** A file's name in a line of its own, then a line for each problem in it. */
export const stylish = {
  owner: 'stylish',
  pattern: [
    { regexp: '^(\\S.*)$', file: 1 },
    {
      regexp: '^\\s+(\\d+):(\\d+)\\s+(error|warning|info)\\s+(.*?)\\s\\s+(\\S+)$',
      line: 1,
      column: 2,
      severity: 3,
      message: 4,
      code: 5,
      loop: true,
    },
  ],
}

/** `file: line 3, col 5, Error - message (rule)`. */
export const compact = {
  owner: 'compact',
  pattern: [
    {
      regexp: '^(.+):\\sline\\s(\\d+),\\scol\\s(\\d+),\\s(Error|Warning|Info)\\s-\\s(.+)\\s\\((.+)\\)$',
      file: 1,
      line: 2,
      column: 3,
      severity: 4,
      message: 5,
      code: 6,
    },
  ],
}

/** Matchers of a job without a sandbox, which stay as they are. */
export function fixedMatchers(...matchers: unknown[]): JobMatchers {
  const active = parseMatchers(matcherFile(...matchers)).map((config) => {
    const compiled = compileMatcher(config)
    if ('leftOut' in compiled) throw new Error(compiled.leftOut)
    return compiled
  })
  return {
    active,
    addFile: () => Promise.resolve([]),
    remove: () => {},
    removeFile: () => Promise.resolve(),
    spent: () => false,
  }
}
