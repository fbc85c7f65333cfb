import type { ProtectedBranch } from '@signalbox/core/contract/settings.ts'

const words = [
  ['no-push', 'noPush'],
  ['no-force', 'noForcePush'],
  ['no-delete', 'noDelete'],
] as const

/** One rule a line: the pattern, then what is refused; the pattern alone stands for all three. */
export function protectedLines(rules: ProtectedBranch[]): string {
  return rules
    .map((rule) => {
      const refused = words.flatMap(([word, key]) => (rule[key] ? [word] : []))
      return [rule.pattern, ...(refused.length === words.length ? [] : refused)].join(' ')
    })
    .join('\n')
}

/** The rules of such lines; words that are none make a pattern that the server refuses by name. */
export function protectedOf(lines: string[]): ProtectedBranch[] {
  return lines.map((line) => {
    const [pattern = '', ...given] = line.split(/\s+/)
    const unknown = given.filter((word) => !words.some(([known]) => known === word))
    const all = given.length === 0
    return {
      pattern: [pattern, ...unknown].join(' '),
      noPush: all || given.includes('no-push'),
      noForcePush: all || given.includes('no-force'),
      noDelete: all || given.includes('no-delete'),
    }
  })
}
