/** The file that a job's `uses:` names, wherever it is. */
export interface CalledUse {
  /** What the run keeps its text by: the path, for another repository `owner/repo/path@ref`. */
  name: string
  /** Relative to the root of its repository. */
  file: string
  /** `owner/repo`, when it is another repository. */
  repository?: string
  /** Of the other repository: a branch, a tag or a commit. */
  ref?: string
}

const path = /^\.(?:github|signalbox)\/workflows\/[^/@]+\.ya?ml$/
const remote = /^([\w.-]+\/[\w.-]+)\/(\.(?:github|signalbox)\/workflows\/[^/@]+\.ya?ml)@([^@\s]+)$/

/**
 * Understands `uses:` of a job: `./.github/workflows/x.yml` and `$/.github/workflows/x.yml` are of the repository of
 * the file that says so, at the same commit; `owner/repo/.github/workflows/x.yml@ref` is of another. Undefined for anything else.
 */
export function calledUse(uses: string, callerName: string): CalledUse | undefined {
  const elsewhere = splitRemote(uses)
  if (elsewhere) return elsewhere
  const file = /^[.$]\//.test(uses) ? uses.slice(2) : ''
  if (!path.test(file)) return undefined
  const caller = splitRemote(callerName)
  if (!caller) return { name: file, file }
  return { ...caller, file, name: `${caller.repository}/${file}@${caller.ref}` }
}

function splitRemote(name: string): CalledUse | undefined {
  const [, repository, file, ref] = remote.exec(name) ?? []
  if (repository === undefined || file === undefined || ref === undefined) return undefined
  return { name, file, repository, ref }
}
