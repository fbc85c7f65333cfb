import type { JobView } from '@signalbox/core/contract/views/runs.ts'
import { useEffect, useMemo, useRef, useState } from 'react'
import { ProblemNote } from '../../components/states.tsx'
import { duration, span } from '../../lib/format.ts'
import { useLive } from '../../lib/live-context.ts'
import { LogCanvas, type StepHead } from '../../lib/log-canvas.ts'
import { LogModel } from '../../lib/log-model.ts'
import { statusLamp, statusWord } from '../../lib/signals.ts'
import { failingStep } from './job-to-open.ts'
import { LogBar } from './log-bar.tsx'
import { readJobLog } from './read-job-log.ts'

interface JobLogProps {
  job: JobView
  line: number | null
  step: number | undefined
  onLine: (n: number) => void
}

/** The log of a job, live: React draws the frame, LogCanvas the lines. */
export function JobLog({ job, line, step, onLine }: JobLogProps) {
  const live = useLive()
  const scroller = useRef<HTMLElement>(null)
  const [log, setLog] = useState<{ canvas: LogCanvas; model: LogModel } | null>(null)
  const [following, setFollowing] = useState(true)
  const [times, setTimes] = useState(false)
  const [wrap, setWrap] = useState(readWrap)
  const [state, setState] = useState<'reading' | 'growing' | 'complete'>('reading')
  const [error, setError] = useState<unknown>(null)
  const [generation, setGeneration] = useState(0)
  const latest = useRef({ onLine, job, line, step })
  latest.current = { onLine, job, line, step }

  // A job that is claimed again has a new attempt, hence a new log; 0 (queued) and 1 are the same one.
  const attempt = Math.max(1, job.attempt)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` and `generation` begin the log anew
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const model = new LogModel()
    const canvas = new LogCanvas({
      scroller: element,
      model,
      onLine: (n) => latest.current.onLine(n),
      onFollow: setFollowing,
    })
    setLog({ canvas, model })
    setState('reading')
    setError(null)
    setFollowing(true)
    const stop = readJobLog({
      job: job.id,
      live,
      model,
      onGrown: () => canvas.grown(),
      onRestart: () => canvas.redraw(),
      onRead: (complete) => {
        setState(complete ? 'complete' : 'growing')
        openAtPlace(canvas, model, latest.current, complete)
      },
      onComplete: () => setState('complete'),
      onError: setError,
    })
    return () => {
      stop()
      canvas.destroy()
      setLog(null)
    }
  }, [job.id, attempt, live, generation])

  const heads = useMemo(() => stepHeads(job), [job])
  useEffect(() => log?.canvas.setSteps(heads), [log, heads])
  // biome-ignore lint/correctness/useExhaustiveDependencies: with times there is less room for the text
  useEffect(() => {
    keepWrap(wrap)
    log?.canvas.setWrap(wrap)
  }, [log, wrap, times])
  useEffect(() => {
    if (!log || step === undefined) return
    log.model.setOpen(step, true)
    const row = log.model.startOfStep(step)
    if (row !== null) log.canvas.showRowAtStart(row)
  }, [log, step])

  return (
    <div className="log-box">
      <LogBar
        log={log}
        following={following}
        state={state}
        times={times}
        onTimes={() => setTimes(!times)}
        wrap={wrap}
        onWrap={() => setWrap(!wrap)}
        onLine={onLine}
      />
      {error ? <ProblemNote error={error} onRetry={() => setGeneration(generation + 1)} /> : null}
      <section
        ref={scroller}
        className={times ? 'log-scroll with-times' : 'log-scroll'}
        data-testid="log"
        data-state={state}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={`Log of ${job.name}`}
      />
    </div>
  )
}

const wrapKey = 'signalbox.log-wrap'

/** What this browser chose last; a narrow one starts wrapped. */
function readWrap(): boolean {
  const kept = localStorage.getItem(wrapKey)
  return kept === null ? window.innerWidth < 760 : kept === 'on'
}

function keepWrap(wrap: boolean): void {
  if (wrap !== readWrap()) localStorage.setItem(wrapKey, wrap ? 'on' : 'off')
}

interface Place {
  job: JobView
  line: number | null
  step: number | undefined
}

/** Where a log opens: the line of the address, the step picked, the end of the failing step, else the end if it grows. */
function openAtPlace(canvas: LogCanvas, model: LogModel, place: Place, complete: boolean): void {
  const lineRow = place.line === null ? null : model.revealLine(place.line)
  const stepRow = place.step === undefined ? null : model.startOfStep(place.step)
  const failing = failingStep(place.job)
  const failedRow = failing === null ? null : model.endOfStep(failing)
  if (lineRow !== null) canvas.showRow(lineRow, place.line)
  else if (stepRow !== null) canvas.showRowAtStart(stepRow)
  else if (failedRow !== null) canvas.showRowAtEnd(failedRow)
  else if (complete) canvas.showRowAtStart(0)
}

function stepHeads(job: JobView): Map<number, StepHead> {
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
