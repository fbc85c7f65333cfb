import type { JobView, StepView } from '@signalbox/core/contract/views/runs.ts'
import { duration } from '../lib/format.ts'
import { statusLamp, statusWord } from '../lib/signals.ts'
import { Lamp } from './lamp.tsx'
import { Elapsed } from './time.tsx'

interface StepListProps {
  jobs: JobView[]
  picked: string
  /** What a job or a step of it usually takes, in milliseconds; null without history. */
  usual?: (job: string, step?: string) => number | null
  onPick: (job: JobView, step: StepView | null) => void
}

/**
 * Jobs and steps with their durations; the thin bars are the job's waterfall. Of more than two jobs only the
 * picked one shows its steps.
 */
export function StepList({ jobs, picked, usual = () => null, onPick }: StepListProps) {
  return (
    <div className="panel">
      {jobs.map((job) => (
        <div className="job" key={job.id} style={{ paddingLeft: 14 * depthOf(job) }}>
          <button
            type="button"
            className="job-name"
            aria-pressed={job.id === picked}
            onClick={() => onPick(job, null)}
          >
            <Lamp lamp={statusLamp(job)} label={statusWord(job)} />
            <span className="grow cut" title={job.name}>
              {ownName(job, jobs)}
            </span>
            <span className="step-time">
              <Took from={job.startedAt} to={job.completedAt} usualMs={usual(job.key)} />
            </span>
          </button>
          {job.needs.length > 0 ? (
            <p className="faint" style={{ padding: '0 10px 4px 32px', fontSize: 12 }}>
              after{' '}
              {job.needs.map((need) => need.slice(job.calledBy ? job.calledBy.length + 3 : 0)).join(', ')}
            </p>
          ) : null}
          {job.calls ? (
            <p className="faint cut" style={{ padding: '0 10px 4px 32px', fontSize: 12 }} title={job.calls}>
              calls {job.calls.replace('./', '')}
            </p>
          ) : null}
          {(jobs.length > 2 && job.id !== picked ? [] : job.steps).map((step) => (
            <StepRow
              key={step.number}
              job={job}
              step={step}
              usualMs={usual(job.key, step.name)}
              onPick={() => onPick(job, step)}
            />
          ))}
          {job.environment?.url ? (
            <p style={{ padding: '2px 10px 8px 32px' }}>
              {job.environment.name}:{' '}
              <a className="link" href={job.environment.url} rel="noreferrer noopener" target="_blank">
                {job.environment.url}
              </a>
            </p>
          ) : null}
          {job.waitsFor ? (
            <p className="lamp-text-waiting" style={{ padding: '2px 10px 8px 32px' }}>
              {job.waitsFor}
            </p>
          ) : null}
          {job.reason ? (
            <p className="lamp-text-stopped" style={{ padding: '2px 10px 8px 32px' }}>
              {job.reason}
            </p>
          ) : null}
        </div>
      ))}
    </div>
  )
}

/** How many jobs call workflows around it. */
function depthOf(job: JobView): number {
  return job.calledBy ? job.calledBy.split(' / ').length : 0
}

/** Its name without that of the job that called it, under which it stands. */
function ownName(job: JobView, jobs: readonly JobView[]): string {
  const caller = jobs.find((other) => other.key === job.calledBy)
  return caller && job.name.startsWith(`${caller.name} / `)
    ? job.name.slice(caller.name.length + 3)
    : job.name
}

/** A slower step than this many times the usual is worth a word, when it took longer than a second at all. */
const slower = 1.5

/** How long it took, and the usual time while it runs or when it took much longer. */
function Took({ from, to, usualMs }: { from: string | null; to: string | null; usualMs: number | null }) {
  const tookMs = from && to ? Date.parse(to) - Date.parse(from) : null
  const slow = usualMs !== null && tookMs !== null && tookMs > 1000 && tookMs > usualMs * slower
  const tell = usualMs !== null && usualMs > 500 && (slow || (from !== null && to === null))
  return (
    <span
      className={slow ? 'lamp-text-waiting' : undefined}
      title={usualMs === null ? undefined : `usually ${duration(usualMs)}`}
    >
      <Elapsed from={from} to={to} />
      {tell ? <span className="faint"> / {duration(usualMs)}</span> : null}
    </span>
  )
}

interface StepRowProps {
  job: JobView
  step: StepView
  usualMs: number | null
  onPick: () => void
}

function StepRow({ job, step, usualMs, onPick }: StepRowProps) {
  const lamp = statusLamp(step)
  const tolerated = step.outcome === 'failure' && step.conclusion === 'success'
  return (
    <button type="button" className="step" onClick={onPick} title={step.reason ?? undefined}>
      <Lamp lamp={lamp} label={statusWord(step)} />
      <span className="grow cut">
        {step.name}
        {tolerated ? <span className="faint"> · failed, allowed</span> : null}
        {step.exitCode ? <span className="faint"> · exit {step.exitCode}</span> : null}
      </span>
      <span className="step-time">
        <Took from={step.startedAt} to={step.completedAt} usualMs={usualMs} />
      </span>
      <Bar job={job} step={step} lamp={lamp} />
    </button>
  )
}

/** Where the step stands in the time of its job. */
function Bar({ job, step, lamp }: { job: JobView; step: StepView; lamp: string }) {
  if (!job.startedAt || !job.completedAt || !step.startedAt || !step.completedAt) return null
  const from = Date.parse(job.startedAt)
  const whole = Math.max(1, Date.parse(job.completedAt) - from)
  const left = ((Date.parse(step.startedAt) - from) / whole) * 100
  const width = Math.max(0.8, ((Date.parse(step.completedAt) - Date.parse(step.startedAt)) / whole) * 100)
  return (
    <span
      className={`step-bar is-${lamp}`}
      style={{ left: `${left}%`, width: `${Math.min(width, 100 - left)}%` }}
    />
  )
}
