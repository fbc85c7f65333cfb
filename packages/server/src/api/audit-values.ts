const secretKey = /pass|secret|token|credential|cookie|csrf|^code$|^value$|^otp$|private/i
const longestText = 500
const mostKeys = 200
const deepest = 8

/**
 * A value as the audit log keeps it: fields that may hold a secret are `[hidden]`, texts are cut at 500
 * characters, and neither depth nor number of fields is unbounded.
 */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.length > longestText ? `${value.slice(0, longestText)}…` : value
  if (typeof value !== 'object' || value === null) return value
  if (depth >= deepest) return '…'
  if (Array.isArray(value)) return value.slice(0, mostKeys).map((each) => withoutSecrets(each, depth + 1))
  const entries = Object.entries(value).slice(0, mostKeys)
  return Object.fromEntries(
    entries.map(([key, each]) => [
      key,
      secretKey.test(key) && isScalar(each) ? '[hidden]' : withoutSecrets(each, depth + 1),
    ]),
  )
}

/** Flags such as `hasPassword: true` and counts say nothing; texts may. */
function isScalar(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

/** The fields that differ, by their path (`settings.agent.driver`), as they were and as they are. */
export function changedOnly(
  before: unknown,
  after: unknown,
): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const old = leaves(before)
  const now = leaves(after)
  const changed = { before: {} as Record<string, unknown>, after: {} as Record<string, unknown> }
  for (const path of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (JSON.stringify(old[path]) === JSON.stringify(now[path])) continue
    if (path in old) changed.before[path] = old[path]
    if (path in now) changed.after[path] = now[path]
  }
  return changed
}

function leaves(value: unknown, path = ''): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value === undefined ? {} : { [path]: value }
  }
  const parts = Object.entries(value).map(([key, each]) => leaves(each, path === '' ? key : `${path}.${key}`))
  return Object.assign({}, ...parts)
}
