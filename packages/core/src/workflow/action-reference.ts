/** An action of another repository, as `uses:` names it. */
export interface ActionReference {
  /** Where the repository stands when that is written: `https://git.example.org`; undefined: wherever actions come from. */
  host?: string
  owner: string
  repo: string
  /** Folder of the action in the repository; empty for its root. */
  path: string
  /** A branch, a tag or a commit id. */
  ref: string
}

const ownerPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/
const repoPattern = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/
const hostPattern = /^(https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?)\/(.+)$/

/** Understands `owner/repo[/path]@ref`, also behind `https://host/`; undefined when it is none of these. */
export function actionReference(uses: string): ActionReference | undefined {
  const [, host, rest = uses] = hostPattern.exec(uses) ?? []
  const at = rest.indexOf('@')
  if (at < 0) return undefined
  const [owner = '', repo = '', ...folders] = rest.slice(0, at).split('/')
  const ref = rest.slice(at + 1)
  const path = folders.filter((folder, index) => folder !== '' || index < folders.length - 1)
  if (!ownerPattern.test(owner) || !repoPattern.test(repo) || !isRefName(ref)) return undefined
  if (path.some((folder) => folder === '' || folder === '.' || folder === '..')) return undefined
  if (path.some((folder) => folder.toLowerCase() === '.git')) return undefined
  return { ...(host === undefined ? {} : { host }), owner, repo, path: path.join('/'), ref }
}

const own = { owner: '$', repo: '', ref: '' } as const

/**
 * Understands `$/path`: a folder of the repository that the file saying so stands in, at the same commit. The
 * reference has no owner; whoever knows the repository resolves it. Undefined for anything else.
 */
export function ownReference(uses: string): ActionReference | undefined {
  if (!uses.startsWith('$/')) return undefined
  const folders = uses.slice(2).split('/')
  const path = folders.filter((folder, index) => folder !== '' || index < folders.length - 1)
  if (path.some((folder) => ['', '.', '..', '.git'].includes(folder.toLowerCase()))) return undefined
  if (folders.some((folder) => folder.includes('@'))) return undefined
  return { ...own, path: path.join('/') }
}

/** Whether a reference is of the repository of the run itself. */
export function isOwn({ owner }: Pick<ActionReference, 'owner'>): boolean {
  return owner === own.owner
}

/** What `$/path` says within an action of another repository: `owner/repo/path@ref`. */
export function withinRepository(uses: string, { host, owner, repo, ref }: ActionReference): string {
  const inner = ownReference(uses)
  if (!inner) return uses
  return `${repositoryOf({ host, owner, repo })}${inner.path && `/${inner.path}`}@${ref}`
}

/** By git's own rule (git-check-ref-format), so that no ref can be read as an option or as a range of commits. */
function isRefName(ref: string): boolean {
  if (ref.length === 0 || ref.length > 250 || /[\x00-\x20\x7f~^:?*[\\]/.test(ref)) return false
  if (ref.startsWith('-') || ref.endsWith('.') || ref.includes('..') || ref.includes('@{')) return false
  return ref.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
}

/** `owner/repo`, with its host where one is written. */
export function repositoryOf({
  host,
  owner,
  repo,
}: Pick<ActionReference, 'host' | 'owner' | 'repo'>): string {
  if (isOwn({ owner })) return own.owner
  return host === undefined ? `${owner}/${repo}` : `${host}/${owner}/${repo}`
}

/** `owner/repo@ref`: what is resolved, whatever folder of it is used. Names of repositories differ by more than case. */
export function referenceKey(reference: ActionReference): string {
  return `${repositoryOf(reference).toLowerCase()}@${reference.ref}`
}

/** Whether a ref is a whole commit id, which nobody can move. */
export function isCommitId(ref: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)
}
