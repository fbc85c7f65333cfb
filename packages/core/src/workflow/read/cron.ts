const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const days = 'sun mon tue wed thu fri sat'.split(' ')
const parts = [
  { what: 'minute', from: 0, to: 59, names: [] },
  { what: 'hour', from: 0, to: 23, names: [] },
  { what: 'day of the month', from: 1, to: 31, names: [] },
  { what: 'month', from: 1, to: 12, names: months },
  { what: 'day of the week', from: 0, to: 6, names: days },
] as const

/**
 * What is wrong with a schedule, or undefined: five fields of POSIX cron with `*`, lists, ranges, steps and
 * English names, as GitHub takes them (https://docs.github.com/actions/reference/events-that-trigger-workflows#schedule).
 */
export function cronProblem(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== 5) return 'it must have five fields: minute, hour, day, month, day of the week'
  for (const [index, part] of parts.entries()) {
    const field = fields[index] ?? ''
    if (!valuesOf(field, part)) return `${field} is not a ${part.what} (${part.from} to ${part.to})`
  }
  return undefined
}

/** The same schedule in words that every reader of cron knows: five fields, and `7/20` as `7-59/20`. */
export function plainCron(cron: string): string {
  const fields = cron.trim().split(/\s+/)
  return fields
    .map((field, index) => field.replaceAll(/(^|,)(\w+)\//g, `$1$2-${parts[index]?.to ?? 0}/`))
    .join(' ')
}

/** The least number of minutes between two times within an hour; 60 where there is one time. */
export function leastMinutes(cron: string): number {
  const minutes = valuesOf(cron.trim().split(/\s+/)[0] ?? '', parts[0])
  if (!minutes || minutes.length < 2) return 60
  const gaps = minutes.map((minute, i) => (minutes[(i + 1) % minutes.length] ?? 0) - minute)
  return Math.min(...gaps.map((gap) => (gap <= 0 ? gap + 60 : gap)))
}

interface Part {
  from: number
  to: number
  names: readonly string[]
}

/** The values of a field in order, or undefined. */
function valuesOf(field: string, part: Part): number[] | undefined {
  const found = new Set<number>()
  for (const item of field.split(',')) {
    const [range = '', step, ...more] = item.split('/')
    const every = step === undefined ? 1 : /^\d+$/.test(step) ? Number(step) : 0
    const ends = endsOf(range, part, step !== undefined)
    if (!ends || every < 1 || more.length > 0) return undefined
    for (let value = ends.from; value <= ends.to; value += every) found.add(value)
  }
  return [...found].sort((a, b) => a - b)
}

function endsOf(range: string, part: Part, stepped: boolean): { from: number; to: number } | undefined {
  if (range === '*') return { from: part.from, to: part.to }
  const [first = '', last, ...more] = range.split('-')
  const from = numberOf(first, part)
  // `7/10` is every tenth from seven on.
  const to = last === undefined ? (stepped ? part.to : from) : numberOf(last, part)
  if (from === undefined || to === undefined || to < from || more.length > 0) return undefined
  return { from, to }
}

function numberOf(word: string, part: Part): number | undefined {
  const named = part.names.indexOf(word.toLowerCase())
  if (named >= 0) return named + part.from
  if (!/^\d{1,2}$/.test(word)) return undefined
  const value = Number(word)
  return value >= part.from && value <= part.to ? value : undefined
}
