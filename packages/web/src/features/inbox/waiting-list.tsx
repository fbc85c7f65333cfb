import type { ChangeSummary } from '@signalbox/core/contract/views/changes.ts'
import { Link } from '@tanstack/react-router'
import { Lamp } from '../../components/lamp.tsx'
import { Ago } from '../../components/time.tsx'
import { changeWord } from '../../lib/signals.ts'

interface WaitingListProps {
  changes: ChangeSummary[]
  picked: string | undefined
  onPick: (id: string) => void
}

/** Changes that ask something, the longest waiting first. Moving through them shows each beside the list. */
export function WaitingList({ changes, picked, onPick }: WaitingListProps) {
  return (
    <ul className="list" data-testid="inbox-waiting">
      {changes.map((change) => (
        <li key={change.id}>
          <Link
            to="/changes/$id"
            params={{ id: change.id }}
            className={`list-row${change.id === picked ? ' is-picked' : ''}`}
            data-list-item
            onFocus={() => onPick(change.id)}
            onMouseEnter={() => onPick(change.id)}
          >
            <Lamp lamp="waiting" />
            <span className="list-number">#{change.number}</span>
            <span className="grow cut list-grow" title={change.reason ?? change.title}>
              {change.title} <span className="faint">· {change.projectSlug}</span>
            </span>
            <span className="list-word lamp-text-waiting">{changeWord(change)}</span>
            <span className="list-age">
              <Ago at={change.updatedAt} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
