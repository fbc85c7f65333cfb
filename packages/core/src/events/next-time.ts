import { Cron } from 'croner'
import { plainCron } from '../workflow/read/cron.ts'
import { leastScheduleMinutes } from '../workflow/read/read-schedule.ts'

/** A schedule without a time zone is in this one. */
export const defaultTimezone = 'UTC'

/**
 * When a schedule comes next after a time, in its time zone; undefined for one that never comes (30 February). A time
 * that a clock jumps over comes when it has jumped, one that it shows twice comes once. After `last`, when it came
 * before, at least five minutes pass, as on GitHub. The text was checked when its file was read.
 */
export function nextTime(
  schedule: { cron: string; timezone?: string | undefined },
  after: Date,
  last?: Date,
): Date | undefined {
  const cron = new Cron(plainCron(schedule.cron), {
    timezone: schedule.timezone ?? defaultTimezone,
    mode: '5-part',
  })
  const pause = last ? last.getTime() + leastScheduleMinutes * 60_000 - 1 : 0
  return cron.nextRun(new Date(Math.max(after.getTime(), pause))) ?? undefined
}
