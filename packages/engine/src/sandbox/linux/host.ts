import { accessSync, constants, existsSync, lstatSync, mkdirSync, readlinkSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

/** Programs of util-linux and others are looked for here only, never in the caller's PATH. */
const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin']

/** The absolute path of a system program, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of FOLDERS) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  return undefined
}

/** The absolute path of a system program; throws `sandbox-program-missing` with its name. */
export function requireProgram(name: string): string {
  const path = findProgram(name)
  if (path === undefined) {
    throw new Failure('sandbox-program-missing', `The program "${name}" is missing on this machine.`, {
      hint: `Install it with the system's package manager (apt-get install ${name === 'bwrap' ? 'bubblewrap' : 'util-linux'}).`,
    })
  }
  return path
}

/** True when this process may set up mounts and users as root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * A short folder of this user's own for sockets and mount points: /run/signalbox as root, else below /tmp.
 * Throws when somebody else made it.
 */
export function privateRoot(): string {
  const uid = process.getuid?.() ?? 0
  const path = uid === 0 && existsSync('/run') ? '/run/signalbox' : join(tmpdir(), `signalbox-${uid}`)
  mkdirSync(path, { recursive: true, mode: uid === 0 ? 0o755 : 0o700 })
  const stat = lstatSync(path)
  if (!stat.isDirectory() || stat.uid !== uid) {
    throw new Failure('sandbox-folder-taken', `${path} belongs to somebody else.`)
  }
  return path
}

/** True when any user may walk to this file and read it. */
export function isReachable(path: string): boolean {
  let at = path
  if ((statSync(at).mode & 0o4) === 0) return false
  while (dirname(at) !== at) {
    at = dirname(at)
    if ((statSync(at).mode & 0o1) === 0) return false
  }
  return true
}

/** How /bin, /lib and their like look on this machine: links into /usr, or folders of their own. */
export function rootFolders(): { path: string; link?: string }[] {
  const found: { path: string; link?: string }[] = []
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    const path = `/${name}`
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat?.isSymbolicLink()) found.push({ path, link: readlinkSync(path) })
    else if (stat?.isDirectory()) found.push({ path })
  }
  return found
}
