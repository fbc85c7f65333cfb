import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import type { Stage } from '@signalbox/core/domain/strip.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Lamp } from '../../components/lamp.tsx'
import { StripLarge } from '../../components/strip.tsx'
import { Ago, Elapsed } from '../../components/time.tsx'
import { WaitNote } from '../../components/wait-note.tsx'
import { queries } from '../../lib/queries.ts'
import { changeLamp, changeWord } from '../../lib/signals.ts'
import { usualRunMs } from '../../lib/usual.ts'
import { useWaitReason } from '../../lib/wait-reason.ts'
import { RetryIn } from './retry-in.tsx'

interface ChangeNowProps {
  change: ChangeDetail
  /** Opens what a stage is about. */
  onStage: (stage: Stage) => void
}

/** The strip, and under it in words: what moves, which step, since when, or why it stands. */
export function ChangeNow({ change, onStage }: ChangeNowProps) {
  const lamp = changeLamp(change)
  const moves = change.runs.filter((run) => run.status !== 'completed')
  const waitsFor = useWaitReason({
    // A turn or a validation that is to come has no run yet while no worker makes one.
    moves: moves.length > 0 || change.status === 'working' || change.status === 'validating',
    begun: moves.some((run) => run.status === 'in_progress'),
  })
  return (
    <div className="panel" style={{ overflow: 'hidden' }}>
      <StripLarge strip={change.strip} onStage={onStage} />
      <div className={`strip-now is-${lamp}`} data-testid="change-status">
        <Lamp lamp={lamp} size={16} />
        <span className="grow">
          <b className={`lamp-text-${lamp}`}>{changeWord(change)}</b>
          {change.reason ? <span> · {change.reason}</span> : null}
          {lamp === 'moving' ? <Moving change={change} /> : null}
        </span>
        {lamp === 'moving' ? null : (
          <span className="muted">
            <Ago at={change.updatedAt} />
          </span>
        )}
      </div>
      {waitsFor ? <WaitNote reason={waitsFor} /> : null}
    </div>
  )
}

function Moving({ change }: { change: ChangeDetail }) {
  const run = change.runs.toSorted((a, b) => b.number - a.number).find((each) => each.status !== 'completed')
  const detail = useQuery({ ...queries.run(run?.id ?? ''), enabled: run !== undefined })
  const history = useQuery(queries.runs({ project: change.projectSlug }))
  if (change.status === 'fixing' && change.retryAt) return <RetryIn at={change.retryAt} />
  if (!run) {
    return (
      <span className="muted">
        {' '}
        · <Elapsed from={change.updatedAt} to={null} />
      </span>
    )
  }
  const step = detail.data?.jobs.flatMap((job) => job.steps).findLast((each) => each.status === 'in_progress')
  const usual = usualRunMs(history.data?.items ?? [], run.kind)
  return (
    <span className="muted">
      {' '}
      ·{' '}
      <Link className="link" to="/runs/$id" params={{ id: run.id }}>
        {step ? step.name : `run ${run.number}${run.status === 'queued' ? ' queued' : ''}`}
      </Link>{' '}
      · <Elapsed from={run.startedAt ?? run.createdAt} to={null} usualMs={usual} />
    </span>
  )
}
