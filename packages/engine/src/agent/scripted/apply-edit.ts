import { posix } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Sandbox } from '../../sandbox/port.ts'
import type { ScriptEdit } from './script.ts'

const maxFileBytes = 4 * 1024 * 1024
const commandTimeoutMs = 10_000

/**
 * Makes one edit through the sandbox. Failures: `path-outside`, `file-missing`, `find-absent`, `edit-failed`;
 * each names the file.
 */
export async function applyEdit(sandbox: Sandbox, edit: ScriptEdit): Promise<void> {
  const path = workspacePath(edit.path)
  if ('content' in edit) {
    await command(sandbox, ['mkdir', '-p', '--', posix.dirname(path)], edit.path)
    return await write(sandbox, path, edit.content, edit.path)
  }
  const bytes = await sandbox.readFile(path, { maxBytes: maxFileBytes }).catch((cause) => {
    throw new Failure('edit-failed', `The script edits ${edit.path}, which cannot be read.`, { cause })
  })
  if (!bytes) throw new Failure('file-missing', `The script edits ${edit.path}, which does not exist.`)
  if ('delete' in edit) return await command(sandbox, ['rm', '-f', '--', path], edit.path)
  const parts = Buffer.from(bytes).toString('utf8').split(edit.find)
  if (parts.length !== 2) {
    const times = parts.length === 1 ? 'does not occur' : `occurs ${parts.length - 1} times`
    throw new Failure(
      'find-absent',
      `The script replaces a text in ${edit.path} that ${times} there: ${quote(edit.find)}`,
    )
  }
  await write(sandbox, path, parts.join(edit.replace), edit.path)
}

/** The absolute path inside. Failure `path-outside` for what leaves the workspace or enters `.git`. */
export function workspacePath(path: string): string {
  const normal = posix.normalize(path)
  const leaves =
    posix.isAbsolute(path) ||
    normal === '.' ||
    normal === '..' ||
    normal.startsWith('../') ||
    path.includes('\0')
  if (leaves)
    throw new Failure('path-outside', `The script names a path outside the workspace: ${quote(path)}`)
  if (normal.split('/')[0]?.toLowerCase() === '.git') {
    throw new Failure('path-outside', `The script edits ${quote(path)}; the platform alone writes to git.`)
  }
  return posix.join('/workspace', normal)
}

async function write(sandbox: Sandbox, path: string, text: string, name: string): Promise<void> {
  await sandbox.writeFile(path, text).catch((cause) => {
    throw new Failure('edit-failed', `The script's file ${name} could not be written.`, { cause })
  })
}

async function command(sandbox: Sandbox, argv: string[], name: string): Promise<void> {
  const { code } = await sandbox.exec(argv, { timeoutMs: commandTimeoutMs })
  if (code !== 0)
    throw new Failure('edit-failed', `The script's edit of ${name} failed: ${argv[0]} exited with ${code}.`)
}

function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
}
