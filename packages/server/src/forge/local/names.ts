import { isAbsolute } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

const control = /[\x00-\x1f\x7f]/

/** Throws the Failure `unknown-commit` when it is not a full object id: nothing else reaches git as a revision. */
export function checkCommit(commit: string): string {
  if (/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit)) return commit
  throw new Failure('unknown-commit', 'That is not a commit id.')
}

/** A ref's full name after git-check-ref-format's rules; Failure `invalid-ref` when it is none. */
export function checkRef(ref: string): string {
  const bad =
    !ref.startsWith('refs/') ||
    ref.length > 500 ||
    control.test(ref) ||
    /[ ~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(ref) ||
    ref.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock') || part === '')
  if (bad) throw new Failure('invalid-ref', 'That is not a name that git allows for a branch.')
  return ref
}

/** `refs/heads/<branch>`; Failure `invalid-ref` for names that git refuses or that look like options. */
export function branchRef(branch: string): string {
  if (branch.startsWith('-') || branch === 'HEAD' || branch === '') {
    throw new Failure('invalid-ref', 'That is not a name that git allows for a branch.')
  }
  return checkRef(`refs/heads/${branch}`)
}

/** A path inside a repository; Failure `invalid-path` for absolute ones, `..`, `.git` and NUL. */
export function checkPath(path: string): string {
  const parts = path.split('/')
  const bad =
    path === '' ||
    path.length > 4096 ||
    path.includes('\0') ||
    isAbsolute(path) ||
    parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')
  if (bad) throw new Failure('invalid-path', 'That is not a path inside the repository.')
  return path
}

export type Source =
  | { kind: 'path'; path: string }
  | { kind: 'url'; url: string; protocol: 'https' | 'ssh' | 'git' }

function unsupported(message: string, hint: string): Failure {
  return new Failure('unsupported-source', message, { hint })
}

/**
 * What a person may name as a repository: an absolute path, or an https, ssh or git URL without credentials.
 * Failures `invalid-source` and `unsupported-source` say what else to write.
 */
export function parseSource(source: string): Source {
  if (source === '' || control.test(source) || source.startsWith('-')) {
    throw new Failure('invalid-source', 'The repository has control characters in it or starts with "-".', {
      hint: 'Write an absolute path or a URL, such as https://example.com/team/project.git.',
    })
  }
  if (isAbsolute(source)) return { kind: 'path', path: source }
  if (/^[a-z0-9+.-]+::/i.test(source)) {
    throw unsupported(
      'Remote helpers (such as ext::) run commands and are refused.',
      'Use an https or ssh URL.',
    )
  }
  // scp's way of writing ssh: user@host:path
  if (/^[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^-/:][^:]*$/.test(source)) {
    return { kind: 'url', url: source, protocol: 'ssh' }
  }
  if (!URL.canParse(source)) {
    throw new Failure('invalid-source', 'That is neither an absolute path nor a URL.', {
      hint: 'Write an absolute path on the server, or a URL such as https://example.com/team/project.git.',
    })
  }
  return parseUrl(new URL(source), source)
}

function parseUrl(url: URL, source: string): Source {
  if (url.protocol === 'file:') {
    throw unsupported('file:// URLs are refused.', 'Write the absolute path itself.')
  }
  if (url.protocol === 'http:') {
    throw unsupported('http:// would send everything readable for others.', 'Use an https or ssh URL.')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'ssh:' && url.protocol !== 'git:') {
    throw unsupported(`URLs with ${url.protocol} are not supported.`, 'Use an https, ssh or git URL.')
  }
  const hasSecret = url.password !== '' || (url.protocol === 'https:' && url.username !== '')
  if (hasSecret) {
    throw unsupported(
      'The URL holds a user name or password, which would be stored and shown.',
      'Leave it out.',
    )
  }
  if (url.hostname === '' || url.hostname.startsWith('-') || url.username.startsWith('-')) {
    throw new Failure('invalid-source', 'The URL names no usable host.')
  }
  const protocol = url.protocol === 'https:' ? 'https' : url.protocol === 'ssh:' ? 'ssh' : 'git'
  return { kind: 'url', url: source, protocol }
}
