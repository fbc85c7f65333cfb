import { shortHash } from '../lib/format.ts'

/** A commit, short; in full on hover. */
export function Hash({ commit }: { commit: string }) {
  return (
    <code className="mono" title={commit}>
      {shortHash(commit)}
    </code>
  )
}
