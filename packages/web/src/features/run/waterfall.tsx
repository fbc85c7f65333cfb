import type { JobView, RunDetail, StepView } from '@signalbox/core/contract/views/runs.ts'
import { Lamp } from '../../components/lamp.tsx'
import { useNow } from '../../lib/clock.ts'
import { duration } from '../../lib/format.ts'
import { statusLamp, statusWord } from '../../lib/signals.ts'
import { axisMarks, type Span, type WaterfallRow, waterfallOf } from '../../lib/waterfall.ts'

interface WaterfallProps {
  run: RunDetail
  onPick: (job: JobView, step: StepView | null) => void
}

/** Jobs and steps on a time axis: waiting hatched, the critical path marked; it grows while the run does. */
export function Waterfall({ run, onPick }: WaterfallProps) {
  const now = useNow(run.status !== 'completed')
  const { axis, rows } = waterfallOf(run, now)
  const marks = axisMarks(axis)
  const place = placer(axis)
  return (
    <div className="waterfall" data-testid="waterfall">
      <p className="muted waterfall-key">
        <span>
          <span className="bar-key is-wait" /> waits for a worker
        </span>
        <span>
          <span className="bar-key is-clear" /> ran
        </span>
        <span>
          <span className="bar-key is-critical" /> critical path: what the end waited for
        </span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="panel waterfall-sheet" tabIndex={0} aria-label="Jobs and steps in time">
        <div className="waterfall-axis" aria-hidden="true">
          {marks.map((mark) => (
            <span key={mark} style={{ left: place(axis.from + mark) }}>
              {mark === 0 ? '0' : duration(mark)}
            </span>
          ))}
        </div>
        <ol>
          {rows.map((row) => (
            <JobRow key={row.job.id} row={row} axis={axis} now={now} onPick={onPick} />
          ))}
        </ol>
      </section>
    </div>
  )
}

function placer({ from, to }: Span): (ms: number) => string {
  return (ms) => `${(((ms - from) / (to - from)) * 100).toFixed(3)}%`
}

function barStyle(span: Span, axis: Span) {
  const whole = axis.to - axis.from
  const width = Math.max(0.25, ((span.to - span.from) / whole) * 100)
  return { left: placer(axis)(span.from), width: `${width.toFixed(3)}%` }
}

interface JobRowProps {
  row: WaterfallRow
  axis: Span
  now: number
  onPick: WaterfallProps['onPick']
}

function JobRow({ row, axis, now, onPick }: JobRowProps) {
  const { job, wait, ran } = row
  const lamp = statusLamp(job)
  const words = [
    statusWord(job).toLowerCase(),
    ran ? duration(ran.to - ran.from) : '',
    wait ? `waited ${duration(wait.to - wait.from)}` : '',
    row.critical ? 'critical path' : '',
  ].filter(Boolean)
  return (
    <li>
      <button
        type="button"
        className={`waterfall-row is-job${row.critical ? ' is-critical' : ''}`}
        onClick={() => onPick(job, null)}
        title={`${job.name}: ${words.join(', ')}`}
        data-critical={row.critical}
      >
        <span className="waterfall-name">
          <Lamp lamp={lamp} />
          <span className="cut">{job.name}</span>
          <span className="waterfall-words faint">{words.slice(0, 3).join(' · ')}</span>
        </span>
        <span className="waterfall-track" aria-hidden="true">
          {wait ? <span className="bar is-wait" style={barStyle(wait, axis)} /> : null}
          {ran ? <span className={`bar is-${lamp}`} style={barStyle(ran, axis)} /> : null}
        </span>
      </button>
      {job.steps.map((step) => (
        <StepRow key={step.number} step={step} axis={axis} now={now} onPick={() => onPick(job, step)} />
      ))}
    </li>
  )
}

function StepRow({
  step,
  axis,
  now,
  onPick,
}: {
  step: StepView
  axis: Span
  now: number
  onPick: () => void
}) {
  if (!step.startedAt) return null
  const from = Date.parse(step.startedAt)
  const to = step.completedAt ? Date.parse(step.completedAt) : now
  const words = `${statusWord(step).toLowerCase()} · ${duration(to - from)}`
  return (
    <button type="button" className="waterfall-row" onClick={onPick} title={`${step.name}: ${words}`}>
      <span className="waterfall-name">
        <span className="cut">{step.name}</span>
        <span className="waterfall-words faint">{words}</span>
      </span>
      <span className="waterfall-track" aria-hidden="true">
        <span className={`bar is-${statusLamp(step)}`} style={barStyle({ from, to }, axis)} />
      </span>
    </button>
  )
}
