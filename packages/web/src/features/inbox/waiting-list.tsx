import type { ChangeSummary } from '@signalbox/core/contract/views/changes.ts'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
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
  const list = useRef<HTMLUListElement>(null)
  const before = useRef<string>(undefined)
  useEffect(() => {
    const answered = before.current !== undefined && !changes.some(({ id }) => id === before.current)
    before.current = picked
    // The button that was pressed went with its question: the keys go on at the next one.
    if (!answered || document.activeElement !== document.body) return
    list.current?.querySelector<HTMLElement>('.is-picked')?.focus({ preventScroll: true })
  }, [changes, picked])
  return (
    <ul className="list" data-testid="inbox-waiting" ref={list}>
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
