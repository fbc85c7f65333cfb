import type { Schedule } from '../model.ts'
import { cronProblem, leastMinutes } from './cron.ts'
import { entriesByKey, nearest } from './read-keys.ts'
import { type Located, listOf, mapOf, type Reader, refuse, textOf } from './reader.ts'

const keys = ['cron', 'timezone'] as const

/** GitHub runs a schedule at most this often. */
export const leastScheduleMinutes = 5

/** Reads the list under `schedule`. */
export function readSchedules(reader: Reader, value: Located): Schedule[] {
  const items = listOf(reader, value, 'schedule') ?? []
  if (items.length === 0 && value.node.kind === 'list') {
    refuse(reader, value.node, {
      code: 'missing-key',
      message: 'schedule names no time',
      hint: "Add `- cron: '30 5 * * 1-5'`.",
    })
  }
  return items.flatMap((item) => readSchedule(reader, item) ?? [])
}

function readSchedule(reader: Reader, item: Located): Schedule | undefined {
  const entries = mapOf(reader, item, 'a time of schedule')
  if (!entries) return undefined
  for (const other of entries.filter(({ key }) => !keys.some((name) => name === key))) {
    refuse(reader, other.keyAt, {
      code: 'unknown-key',
      message: `${other.key} is not a key of a schedule`,
      hint: nearest(other.key, keys),
    })
  }
  const found = entriesByKey(entries)
  if (!found['cron']) {
    refuse(reader, item.node, {
      code: 'missing-key',
      message: 'cron is missing',
      hint: "Add `cron: '30 5 * * 1-5'`.",
    })
    return undefined
  }
  const cron = textOf(reader, found['cron'], 'cron') ?? ''
  checkCron(reader, found['cron'], cron)
  const timezone = found['timezone'] && textOf(reader, found['timezone'], 'timezone')
  if (timezone !== undefined && !isTimezone(timezone)) {
    refuse(reader, found['timezone']?.node ?? item.node, {
      code: 'invalid-schedule',
      message: `${timezone} is not a time zone`,
      hint: 'Write a name of the IANA database, such as Europe/Berlin, or leave it out for UTC.',
    })
  }
  return { cron, ...(timezone === undefined ? {} : { timezone }), start: item.node.start }
}

function checkCron(reader: Reader, at: Located, cron: string): void {
  const problem = cronProblem(cron)
  if (problem) {
    refuse(reader, at.node, {
      code: 'invalid-schedule',
      message: `${cron} is not a schedule: ${problem}`,
      hint: "Write minute, hour, day, month and day of the week, as in '30 5 * * 1-5'.",
    })
  } else if (leastMinutes(cron) < leastScheduleMinutes) {
    refuse(reader, at.node, {
      severity: 'warning',
      code: 'frequent-schedule',
      message: `${cron} names times less than ${leastScheduleMinutes} minutes apart`,
      hint: `It starts at most every ${leastScheduleMinutes} minutes, as on GitHub.`,
    })
  }
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
