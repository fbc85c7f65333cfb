/** A compressed tar archive, as the engine's own upload makes it. */
export const tarMediaType = 'application/gzip'
/** A zip archive, as the stock upload makes it. */
export const zipMediaType = 'application/zip'

/** The name of an artifact's file; a single file that was kept as it is has its own ending already. */
export function artifactFile(name: string, mediaType: string): string {
  if (mediaType === tarMediaType) return name.endsWith('.gz') ? name : `${name}.tar.gz`
  return mediaType === zipMediaType && !name.endsWith('.zip') ? `${name}.zip` : name
}
