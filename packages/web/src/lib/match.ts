/** Whether every word of the filter stands somewhere in the texts; case does not count. */
export function matches(filter: string, ...texts: (string | number | null | undefined)[]): boolean {
  const whole = texts.join(' ').toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word))
}
