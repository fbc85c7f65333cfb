import type { ChangeSummary } from '@signalbox/core/contract/views/changes.ts'
import { Link } from '@tanstack/react-router'
import { changeLamp, changeWord } from '../lib/signals.ts'
import { Strip } from './strip.tsx'
import { Ago } from './time.tsx'

/** One change in a list. */
export function ChangeRow({ change, showProject }: { change: ChangeSummary; showProject: boolean }) {
  const lamp = changeLamp(change)
  return (
    <Link to="/changes/$id" params={{ id: change.id }} className="list-row" data-list-item>
      <span className="list-number">#{change.number}</span>
      <span className="grow cut list-grow" title={change.reason ?? change.title}>
        {change.title}
        {showProject ? <span className="faint"> · {change.projectSlug}</span> : null}
      </span>
      <Strip strip={change.strip} />
      <span className={`list-word lamp-text-${lamp}`}>{changeWord(change)}</span>
      <span className="list-age">
        <Ago at={change.updatedAt} />
      </span>
    </Link>
  )
}
