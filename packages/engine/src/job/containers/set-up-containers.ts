import { createLogSink } from '../log/log-sink.ts'
import type { Masker } from '../log/masker.ts'
import type { JobDependencies, JobReporter, JobRequest, JobResult } from '../port.ts'
import { endOf } from '../steps/step-end.ts'
import { type JobPlace, openContainerPlace, type WantedContainers } from './open-place.ts'

/** The set-up of a job is reported under this number and name, before its first step. */
export const setUpStep = { number: 0, name: 'Set up job', kind: 'uses' } as const

/** Where the job runs, or how it ended because there is no such place; the set-up is begun in either case. */
export type SetUp = { place: JobPlace; startedAt: number } | { result: JobResult }

/** Starts the containers of a job, told in the log of its set-up. What goes wrong is how the job ends. */
export async function setUpContainers(
  request: JobRequest,
  wanted: WantedContainers,
  given: { dependencies: JobDependencies; reporter: JobReporter; masker: Masker; signal: AbortSignal },
): Promise<SetUp> {
  const { dependencies, reporter, masker, signal } = given
  const { now } = dependencies
  const startedAt = performance.now()
  await reporter.stepStarted(setUpStep)
  const sink = createLogSink((lines) => reporter.log(setUpStep.number, lines), now)
  const say = (text: string) => sink.add({ at: now(), stream: 'system', text: masker.mask(text) })
  try {
    const place = await openContainerPlace(request, wanted, dependencies, { say, signal })
    await sink.drain()
    return { place, startedAt }
  } catch (error) {
    const outcome = signal.aborted ? 'cancelled' : 'failure'
    const reason = masker.mask((signal.aborted ? undefined : endOf(error).reason) ?? 'it was cancelled')
    say(`Error: ${reason}`)
    await sink.drain()
    await reporter.stepCompleted({
      ...setUpStep,
      ...{ outcome, conclusion: outcome, outputs: {}, reason },
      durationMs: Math.round(performance.now() - startedAt),
    })
    const why = signal.aborted ? reason : `the job could not be set up: ${reason}`
    return { result: { conclusion: outcome, outputs: {}, reason: why } }
  }
}
