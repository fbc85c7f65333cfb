/** Ends a switch over a union: a compile error when a case is missing, an exception when data lied. */
export function assertNever(value: never, what = 'value'): never {
  throw new Error(`unexpected ${what}: ${JSON.stringify(value)}`)
}
