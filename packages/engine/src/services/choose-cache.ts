/**
 * Which cache a job gets, as GitHub's documentation has it: the first key in full, then each key in its order as a
 * prefix, of several the newest. `createdAt` orders them; scopes come earliest first, the job's own before its base's.
 */
export function chooseCache<T extends { key: string; version: string; createdAt: number; scope?: number }>(
  caches: readonly T[],
  keys: readonly string[],
  version: string,
): T | undefined {
  const same = caches.filter((cache) => cache.version === version)
  const scopes = [...new Set(same.map((cache) => cache.scope ?? 0))].sort((a, b) => a - b)
  for (const scope of scopes) {
    const here = same.filter((cache) => (cache.scope ?? 0) === scope)
    const exact = newest(here.filter((cache) => cache.key === keys[0]))
    if (exact) return exact
    for (const key of keys) {
      const found =
        newest(here.filter((cache) => cache.key === key)) ??
        newest(here.filter((cache) => cache.key.startsWith(key)))
      if (found) return found
    }
  }
  return undefined
}

function newest<T extends { createdAt: number }>(caches: readonly T[]): T | undefined {
  return caches.reduce<T | undefined>(
    (best, cache) => (best === undefined || cache.createdAt >= best.createdAt ? cache : best),
    undefined,
  )
}
