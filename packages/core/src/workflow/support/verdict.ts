/** How a word of GitHub's language fares here. */
export type Verdict =
  | { how: 'works' }
  /** It works, and `note` says what is different from GitHub. */
  | { how: 'differs'; note: string }
  /** It is refused before anything runs; `note` is the hint of the diagnostic. */
  | { how: 'refused'; note: string }

/** Words of one kind by how they fare; those that differ and those that are refused with what is said of them. */
export interface Verdicts {
  works: readonly string[]
  differs: Readonly<Record<string, string>>
  refused: Readonly<Record<string, string>>
}

/** What is said of a word, or undefined for one that is in none of the lists. */
export function verdictOf(verdicts: Verdicts, name: string): Verdict | undefined {
  if (Object.hasOwn(verdicts.refused, name)) return { how: 'refused', note: verdicts.refused[name] ?? '' }
  if (Object.hasOwn(verdicts.differs, name)) return { how: 'differs', note: verdicts.differs[name] ?? '' }
  return verdicts.works.includes(name) ? { how: 'works' } : undefined
}

/** Every word of the lists, those that work first. */
export function namesOf(verdicts: Verdicts): string[] {
  return [...verdicts.works, ...Object.keys(verdicts.differs), ...Object.keys(verdicts.refused)]
}
