/** Lines for git's exclude file that name just these paths. */
export function excludeLines(paths: readonly string[]): string {
  return paths.map((path) => `/${path.replace(/[\\*?[\]!# ]/g, (sign) => `\\${sign}`)}\n`).join('')
}
