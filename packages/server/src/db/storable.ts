/**
 * Text as PostgreSQL can hold it: what agents and commands print may have NUL bytes and halves of surrogate
 * pairs, and one of them would refuse the whole statement. Both become U+FFFD.
 */
export function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

/** A value as JSON text for a jsonb column, every string and key in it storable. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return storable(inner)
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    const keys = Object.keys(inner)
    if (keys.every((key) => storable(key) === key)) return inner
    return Object.fromEntries(Object.entries(inner).map(([key, field]) => [storable(key), field]))
  })
}
