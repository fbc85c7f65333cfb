/** A stable UUID for the fixture: version and variant bits are set, the rest is the number. */
export function fixtureId(kind: string, number: number): string {
  const prefix = kind.charCodeAt(0).toString(16).padStart(8, '0')
  return `${prefix}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}

/** A commit hash that only looks like one. */
export function fixtureCommit(seed: number): string {
  let text = ''
  for (let value = seed * 2654435761; text.length < 40; value = (value * 48271 + 11) % 4294967291) {
    text += Math.floor(value).toString(16)
  }
  return text.slice(0, 40)
}

const start = Date.now()

/** An ISO time some seconds before the page was loaded. */
export function before(seconds: number): string {
  return new Date(start - seconds * 1000).toISOString()
}
