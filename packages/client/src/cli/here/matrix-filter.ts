import type { Json } from '@signalbox/engine/job/port.ts'

/** Which legs `--matrix` lets through, and which of its keys no matrix had. */
export interface LegFilter {
  wants(jobKey: string, combination: { [key: string]: Json }): boolean
  strangers(): string[]
}

/** A leg goes through when each named key that its matrix has holds one of the named values. */
export function legFilter(wanted: Readonly<Record<string, readonly string[]>>): LegFilter {
  const unseen = new Set(Object.keys(wanted))
  return {
    wants(_job, combination) {
      return Object.entries(wanted).every(([key, values]) => {
        if (!Object.hasOwn(combination, key)) return true
        unseen.delete(key)
        return values.includes(textOf(combination[key]))
      })
    },
    strangers: () => [...unseen],
  }
}

function textOf(value: Json | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
