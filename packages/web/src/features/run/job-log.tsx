import { Button } from '@mantine/core'
import type { AnnotationView, JobView } from '@signalbox/core/contract/views/runs.ts'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Bone, ProblemNote } from '../../components/states.tsx'
import { extendTo } from '../../lib/line-range.ts'
import { useLine, useLive } from '../../lib/live-context.ts'
import { type LineRange, LogCanvas } from '../../lib/log-canvas.ts'
import { downloadLog, linesAsText, selectedText } from '../../lib/log-file.ts'
import { LogModel } from '../../lib/log-model.ts'
import { foldMemory, keepTimes, keepWrap, nextTimes, readTimes, readWrap } from '../../lib/log-settings.ts'
import { annotationLine } from './annotation-line.ts'
import { LogBar, type LogState } from './log-bar.tsx'
import { openAtPlace, stepHeads } from './open-at-place.ts'
import { readJobLog } from './read-job-log.ts'
import { useFind } from './use-find.ts'
import { useLogKeys } from './use-log-keys.ts'

interface JobLogProps {
  job: JobView
  /** Lines that the address names. */
  range: LineRange | null
  step: number | undefined
  /** What a step said, whose line is to be shown. */
  sought?: AnnotationView | null
  onRange: (range: LineRange) => void
}

interface Counts {
  lines: number
  errors: number
  warnings: number
}

/** The log of a job, live: React draws the frame, LogCanvas the lines. */
export function JobLog({ job, range, step, sought = null, onRange }: JobLogProps) {
  const live = useLive()
  const line = useLine()
  const scroller = useRef<HTMLElement>(null)
  const findBox = useRef<HTMLInputElement>(null)
  const [log, setLog] = useState<{ canvas: LogCanvas; model: LogModel } | null>(null)
  const [following, setFollowing] = useState(true)
  const [times, setTimes] = useState(readTimes)
  const [wrap, setWrap] = useState(readWrap)
  const [state, setState] = useState<LogState>('reading')
  const [counts, setCounts] = useState<Counts>({ lines: 0, errors: 0, warnings: 0 })
  const [error, setError] = useState<unknown>(null)
  const [generation, setGeneration] = useState(0)
  const find = useFind(log, (n) => showLines({ from: n, to: n }))
  const latest = useRef({ onRange, job, range, step, find })
  latest.current = { onRange, job, range, step, find }

  // A job that is claimed again has a new attempt, hence a new log; 0 (queued) and 1 are the same one.
  const attempt = Math.max(1, job.attempt)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` and `generation` begin the log anew
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const model = new LogModel(foldMemory(job.id))
    const canvas = new LogCanvas({
      scroller: element,
      model,
      onLine(n, extend) {
        const next = extend ? extendTo(latest.current.range, n) : { from: n, to: n }
        canvas.mark(next)
        latest.current.onRange(next)
      },
      onFollow: setFollowing,
    })
    setLog({ canvas, model })
    setState('reading')
    setError(null)
    setFollowing(true)
    const tell = countsTeller(model, setCounts)
    let opened = false
    const open = (complete: boolean) => {
      const wanted = latest.current.range?.to ?? 0
      if (opened || (!complete && wanted === 0) || wanted > model.lastLine) return
      opened = openAtPlace(canvas, model, latest.current, complete)
    }
    const stop = readJobLog({
      job: job.id,
      live,
      model,
      onGrown() {
        canvas.grown()
        latest.current.find.grown()
        tell()
        open(false)
      },
      onRestart: () => canvas.redraw(),
      onRead(complete) {
        setState(complete ? 'complete' : 'growing')
        if (!opened) opened = openAtPlace(canvas, model, latest.current, complete)
      },
      onComplete: () => setState('complete'),
      onError: setError,
    })
    return () => {
      stop()
      tell.stop()
      canvas.destroy()
      setLog(null)
    }
  }, [job.id, attempt, live, generation])

  const heads = useMemo(() => stepHeads(job), [job])
  useEffect(() => log?.canvas.setSteps(heads), [log, heads])
  useEffect(() => {
    log?.canvas.setTimes(times)
    log?.canvas.setWrap(wrap)
  }, [log, wrap, times])
  useEffect(() => {
    if (!log || step === undefined) return
    log.model.openStep(step)
    const row = log.model.startOfStep(step)
    if (row !== null) log.canvas.showRowAtStart(row)
  }, [log, step])
  // biome-ignore lint/correctness/useExhaustiveDependencies: sought once, when the log is read
  useEffect(() => {
    if (!log || !sought || state === 'reading') return
    const n = annotationLine(log.model, sought)
    if (n !== null) return showLines({ from: n, to: n })
    log.model.openStep(sought.step)
    const row = log.model.startOfStep(sought.step)
    if (row !== null) log.canvas.showRowAtStart(row)
  }, [log, sought, state === 'reading'])
  const address = range ? `${range.from}-${range.to}` : ''
  // biome-ignore lint/correctness/useExhaustiveDependencies: a range is named by its ends
  useEffect(() => {
    // Back and forward change the address without a click.
    log?.canvas.mark(range)
  }, [log, address])

  function showLines(next: LineRange) {
    log?.canvas.showLine(next.from, next)
    onRange(next)
  }
  function nextMark(direction: 1 | -1) {
    const n = log?.model.markAfter(log.canvas.lineAtCursor() ?? 0, direction) ?? null
    if (n !== null) showLines({ from: n, to: n })
  }
  function changeTimes() {
    const next = nextTimes(times)
    keepTimes(next)
    setTimes(next)
  }
  function changeWrap() {
    keepWrap(!wrap)
    setWrap(!wrap)
  }
  useLogKeys(
    {
      move: (to) => log?.canvas.moveCursor(to),
      find: () => findBox.current?.focus(),
      hit: (direction) => find.go(direction),
      mark: nextMark,
      fold: () => log?.canvas.toggleAtCursor(),
      times: changeTimes,
      wrap: changeWrap,
      pick(extend) {
        const n = log?.canvas.lineAtCursor()
        if (!n) return
        const next = extend ? extendTo(range, n) : { from: n, to: n }
        log?.canvas.mark(next)
        onRange(next)
      },
    },
    scroller,
  )

  return (
    <div className="log-box">
      <LogBar
        find={find}
        findBox={findBox}
        state={state}
        offlineSince={line.state === 'offline' ? line.sinceMs : null}
        lineCount={counts.lines}
        errors={counts.errors}
        warnings={counts.warnings}
        marked={range}
        times={times}
        wrap={wrap}
        onGoToLine={(n) => showLines({ from: n, to: n })}
        onNextMark={nextMark}
        onCopyLines={() => {
          if (log && range) void navigator.clipboard?.writeText(linesAsText(log.model, range))
        }}
        onTimes={changeTimes}
        onWrap={changeWrap}
        onDownload={() => log && downloadLog(log.model, `${job.key}-${attempt}.log`)}
        onLeaveBox={() => scroller.current?.focus()}
      />
      {error ? <ProblemNote error={error} onRetry={() => setGeneration(generation + 1)} /> : null}
      <div className="log-frame">
        <section
          ref={scroller}
          className={`log-scroll times-${times}`}
          data-testid="log"
          data-state={state}
          data-lines={counts.lines}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label={`Log of ${job.name}`}
          onCopy={(event) => {
            const text = scroller.current ? selectedText(scroller.current, document.getSelection()) : null
            if (text === null) return
            event.preventDefault()
            event.clipboardData.setData('text/plain', text)
          }}
        />
        <LogEmpty state={state} lines={counts.lines} failed={error !== null} job={job} />
        {following || counts.lines === 0 ? null : (
          <Button
            className="log-return"
            size="compact-sm"
            onClick={() => log?.canvas.follow()}
            data-testid="log-follow"
          >
            {state === 'growing' ? '↓ Follow the end' : '↓ To the end'}
          </Button>
        )}
      </div>
    </div>
  )
}

/** What stands in the place of lines while there are none. */
function LogEmpty(props: { state: LogState; lines: number; failed: boolean; job: JobView }) {
  if (props.lines > 0 || props.failed) return null
  if (props.state === 'reading') {
    return (
      <div className="log-over stack" role="status" aria-label="Loading">
        {[42, 61, 35, 70, 52, 28].map((width) => (
          <Bone key={width} width={`${width}%`} height={12} />
        ))}
      </div>
    )
  }
  const waits = props.job.status === 'queued'
  return (
    <p className="log-over muted">
      {props.state === 'complete'
        ? 'This job wrote nothing.'
        : waits
          ? 'This job has not started. Its lines appear here as they come.'
          : 'No line yet. They appear here as they come.'}
    </p>
  )
}

/** Counts for the bar, at most every 150 ms: lines may come much faster than people read figures. */
function countsTeller(model: LogModel, tell: (counts: Counts) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  function now() {
    timer = undefined
    const errors = model.marks.filter((mark) => mark.level === 'error').length
    tell({ lines: model.lineCount, errors, warnings: model.marks.length - errors })
  }
  tell({ lines: 0, errors: 0, warnings: 0 })
  const soon = () => {
    timer ??= setTimeout(now, model.lineCount < 2000 ? 16 : 150)
  }
  return Object.assign(soon, { stop: () => clearTimeout(timer) })
}
