import type { Permissions } from '../model.ts'
import { permissionScopes } from '../support/permission-scopes.ts'
import { nearest } from './read-keys.ts'
import { type Located, mapOf, type Reader, refuse } from './reader.ts'

const levels = ['read', 'write', 'none'] as const

/**
 * Reads `permissions:` of a workflow or a job. `id-token` decides whether actions may ask who they are. All else is
 * checked and has no effect: a job gets no token that it could allow something to. Where that may surprise, for what
 * asks to write, it is a warning.
 */
export function readPermissions(reader: Reader, value: Located): Permissions | undefined {
  if (value.node.kind === 'scalar') {
    const word = String(value.node.value ?? '')
    if (word === 'write-all') warn(reader, value, 'write-all')
    if (word === 'read-all' || word === 'write-all') return { idToken: word === 'write-all' }
    refuse(reader, value.node, {
      code: 'invalid-permissions',
      message: `permissions are read-all, write-all or a mapping, not ${word || 'nothing'}`,
      hint: 'Write `permissions: {}` for none, or `permissions: {contents: read}`.',
    })
    return undefined
  }
  let idToken = false
  for (const entry of mapOf(reader, value, 'permissions') ?? []) {
    const level = entry.node.kind === 'scalar' ? String(entry.node.value) : ''
    if (!permissionScopes.includes(entry.key)) {
      refuse(reader, entry.keyAt, {
        code: 'unknown-key',
        message: `${entry.key} is no scope of permissions`,
        hint: nearest(entry.key, permissionScopes),
      })
    } else if (!levels.some((one) => one === level)) {
      refuse(reader, entry.node, {
        code: 'invalid-permissions',
        message: `${entry.key} is read, write or none, not ${level || 'nothing'}`,
        hint: 'Write read, write or none.',
      })
    } else if (entry.key === 'id-token') idToken = level === 'write'
    else if (level === 'write') warn(reader, entry, `${entry.key}: write`)
  }
  return { idToken }
}

function warn(reader: Reader, { node }: Located, what: string): void {
  reader.diagnostics.push({
    severity: 'warning',
    code: 'no-token',
    message: `${what} has no effect here: jobs get no GITHUB_TOKEN`,
    hint: 'Hand a token over as a secret where a step needs one.',
    file: reader.file,
    start: node.start,
    end: node.end,
  })
}
