/** Where the services of older actions were; what they are told instead of an answer that says nothing. */
const legacy: ReadonlyArray<readonly [path: RegExp, sentence: string]> = [
  [
    /^\/_apis\/artifactcache\//,
    'Signalbox serves cache v2 only: this action asks for cache v1. Use actions/cache@v4 (4.2 or later), or a version of the action that is built with @actions/cache 4 or later.',
  ],
  [
    /^\/_apis\/(pipelines\/workflows\/[^/]+\/artifacts|resources\/Containers)/i,
    'Signalbox serves artifacts v4 only: this action asks for artifacts v1 to v3. Use actions/upload-artifact@v4 and actions/download-artifact@v4 or later.',
  ],
]

/** What is said to a request for a service that GitHub had before; undefined for every other path. */
export function legacySentence(path: string): string | undefined {
  return legacy.find(([pattern]) => pattern.test(path))?.[1]
}
