import type { JobView } from '@signalbox/core/contract/views/runs.ts'
import { duration, span } from '../../lib/format.ts'
import type { LineRange, LogCanvas } from '../../lib/log-canvas.ts'
import type { LogModel } from '../../lib/log-model.ts'
import type { StepHead } from '../../lib/log-row.ts'
import { statusLamp, statusWord } from '../../lib/signals.ts'
import { failingStep } from './job-to-open.ts'

interface Place {
  job: JobView
  range: LineRange | null
  step: number | undefined
}

/**
 * Where a log opens: the lines of the address, the step picked, the end of the failing step, else the end if
 * it grows. True when it opened somewhere.
 */
export function openAtPlace(canvas: LogCanvas, model: LogModel, place: Place, complete: boolean): boolean {
  if (place.range && model.rowNear(place.range.from) !== null) {
    canvas.showLine(place.range.from, place.range)
    return true
  }
  if (place.step !== undefined) {
    model.openStep(place.step)
    const row = model.startOfStep(place.step)
    if (row !== null) canvas.showRowAtStart(row)
    if (row !== null) return true
  }
  const failing = failingStep(place.job)
  const failed = failing === null ? null : model.endOfStep(failing)
  if (failed !== null) canvas.showRowAtEnd(failed)
  else if (complete) canvas.showRowAtStart(0)
  return true
}

/** Names and states of a job's steps, for the heads in its log. */
export function stepHeads(job: JobView): Map<number, StepHead> {
  return new Map(
    job.steps.map((step) => {
      const ms = step.completedAt ? span(step.startedAt, step.completedAt, 0) : null
      const head = {
        name: step.name,
        lamp: statusLamp(step),
        word: statusWord(step).toLowerCase(),
        duration: ms === null ? '' : duration(ms),
      }
      return [step.number, head]
    }),
  )
}
