import type { TaskStep } from '@signalbox/core/workflow/model.ts'
import type { GentleStop } from '../../sandbox/port.ts'
import type { JobState } from '../job-state.ts'
import { createFileHashes } from './hash-files.ts'
import { obeying } from './obey.ts'
import { executeStep, type Finished, settle } from './run-step.ts'
import { places as folders } from './step-files.ts'

/** GitHub's limit on steps in the background at once; others wait for a place. */
export const maxBeside = 10

/** What a cancelled step may take to end by itself, as on GitHub. */
const gently: GentleStop = { graceMs: 7500 }

/** A step that ran in the background. */
export interface Beside {
  step: TaskStep
  finished: Finished
  /** By a step with `cancel`: then it ended as it was meant to. */
  wasCancelled: boolean
}

/** The steps of a job that run beside the others. What they did counts when they are waited for, as on GitHub. */
export interface BackgroundSteps {
  start(step: TaskStep, signal: AbortSignal): void
  /** Resolves when they have ended. Throws what a lost reporter threw. */
  ended(numbers: readonly number[] | 'all'): Promise<Beside[]>
  /** Asks one to end, and ends it when it does not. */
  cancel(number: number): void
  /** Takes over what they handed on, once for each; where it is not forgiven, a failure is one of the job. */
  takeOver(numbers: readonly number[] | 'all', options: { forgiven: boolean }): void
  /** Whether one of them is at work. */
  busy(): boolean
}

interface Running {
  step: TaskStep
  fork: JobState
  /** What the job had when the step began. */
  base: Pick<JobState, 'env' | 'path'>
  work: Promise<Finished>
  finished?: Finished
  cancelled: AbortController
  takenOver: boolean
}

/** The steps in the background of one job. */
export function createBackgroundSteps(state: JobState): BackgroundSteps {
  const all = new Map<number, Running>()
  const place = places()
  const chosen = (numbers: readonly number[] | 'all') =>
    [...all.values()].filter(({ step }) => numbers === 'all' || numbers.includes(step.number))
  return {
    start(step, signal) {
      const cancelled = new AbortController()
      const fork = forkOf(state)
      const both = AbortSignal.any([signal, cancelled.signal])
      const slot = place(both)
      const work = obeying(both, state, executeStep(fork, step, { signal: both, ready: slot.ready }))
      const base = { env: state.env, path: state.path }
      const running: Running = { step, fork, base, work, cancelled, takenOver: false }
      all.set(step.number, running)
      work
        .then((finished) => {
          running.finished = finished
        })
        // Whoever waits for it hears of what it threw.
        .catch(() => {})
        .finally(slot.release)
    },
    async ended(numbers) {
      return await Promise.all(
        chosen(numbers).map(async ({ step, work, cancelled }) => {
          const finished = await work
          const wasCancelled = cancelled.signal.aborted && finished.conclusion === 'cancelled'
          return { step, finished, wasCancelled }
        }),
      )
    },
    cancel: (number) => all.get(number)?.cancelled.abort(gently),
    takeOver(numbers, { forgiven }) {
      for (const running of chosen(numbers)) {
        const { step, fork, base, finished } = running
        if (running.takenOver || !finished) continue
        running.takenOver = true
        const added = Object.entries(fork.env).filter(([name, value]) => base.env[name] !== value)
        state.env = { ...state.env, ...Object.fromEntries(added) }
        const folders = fork.path.filter((folder) => !base.path.includes(folder))
        state.path = [...new Set([...folders, ...state.path])]
        settle(state, step, finished, { forgiven })
      }
    },
    busy: () => [...all.values()].some(({ finished }) => !finished),
  }
}

/** The job as a step in the background sees it: as it was when the step began, but for how the job goes. */
function forkOf(state: JobState): JobState {
  return {
    ...state,
    inBackground: true,
    scope: { ...state.scope, steps: { ...state.scope.steps } },
    hashes: createFileHashes(() => state.sandbox, state.seen(folders.workspace)),
    get status() {
      return state.status
    },
    get sandbox() {
      return state.sandbox
    },
  }
}

/** Places for so many at once, given in the order asked; whoever is aborted need not wait for one. */
function places(): (signal: AbortSignal) => { ready: Promise<void>; release: () => void } {
  let free = maxBeside
  const queue: Array<() => void> = []
  const leave = () => {
    const next = queue.shift()
    if (next) next()
    else free++
  }
  return (signal) => {
    let holds = false
    let over = false
    const { promise: ready, resolve } = Promise.withResolvers<void>()
    const take = () => {
      // It was released before its turn came.
      if (over) return leave()
      holds = true
      resolve()
    }
    if (free > 0) {
      free--
      take()
    } else queue.push(take)
    signal.addEventListener('abort', () => resolve(), { once: true })
    return {
      ready,
      release() {
        over = true
        if (holds) leave()
        holds = false
      },
    }
  }
}
