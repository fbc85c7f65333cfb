/**
 * A value as JSON text for a jsonb column. What agents and commands print may have NUL characters and halves
 * of surrogate pairs, and jsonb refuses their escapes: both become U+FFFD, in keys too.
 */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return storable(inner)
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    const keys = Object.keys(inner)
    if (keys.every((key) => storable(key) === key)) return inner
    return Object.fromEntries(Object.entries(inner).map(([key, field]) => [storable(key), field]))
  })
}

/** Text that PostgreSQL stores: no NUL, no half of a surrogate pair. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}
