import type { NotificationView } from '@signalbox/core/contract/views/inbox.ts'
import type { NotificationKind } from '@signalbox/core/domain/notification.ts'
import type { Lamp as LampState } from '@signalbox/core/domain/strip.ts'
import { Link } from '@tanstack/react-router'
import { Lamp } from '../../components/lamp.tsx'
import { Ago } from '../../components/time.tsx'

const lamps: Record<NotificationKind, { lamp: LampState; word: string }> = {
  needs_you: { lamp: 'waiting', word: 'waits for you' },
  merged: { lamp: 'clear', word: 'merged' },
  deployed: { lamp: 'clear', word: 'deployed' },
  answered: { lamp: 'clear', word: 'answered' },
  failed: { lamp: 'stopped', word: 'failed' },
}

interface NewsListProps {
  items: NotificationView[]
  /** Marks one as read, or as unread again. */
  onMark: (id: number, read: boolean) => void
}

/** What happened, newest first; unread ones stand out. */
export function NewsList({ items, onMark }: NewsListProps) {
  return (
    <ul className="list" data-testid="inbox-news">
      {items.map((item) => (
        <li key={item.id} className="news">
          <NewsLink item={item} onRead={() => item.readAt === null && onMark(item.id, true)} />
          <button
            type="button"
            className="news-mark"
            data-done={item.readAt === null ? '' : undefined}
            onClick={() => onMark(item.id, item.readAt === null)}
            aria-label={`${item.readAt === null ? 'Done, mark as read' : 'Unread again'}: ${item.title}`}
          >
            {item.readAt === null ? 'Done' : 'Unread'}
          </button>
        </li>
      ))}
    </ul>
  )
}

function NewsLink({ item, onRead }: { item: NotificationView; onRead: () => void }) {
  const body = (
    <>
      <Lamp lamp={lamps[item.kind].lamp} label={lamps[item.kind].word} />
      <span className={`grow list-grow${item.readAt ? ' muted' : ''}`}>
        <span className={item.readAt ? undefined : 'news-unread'}>{item.title}</span>{' '}
        <span className="faint">· {item.projectSlug}</span>
        {item.text ? <span className="news-text cut">{item.text}</span> : null}
      </span>
      <span className="list-age">
        <Ago at={item.at} />
      </span>
    </>
  )
  const shared = { className: 'list-row grow', 'data-list-item': true, onClick: onRead }
  if (item.changeId) {
    return (
      <Link to="/changes/$id" params={{ id: item.changeId }} {...shared}>
        {body}
      </Link>
    )
  }
  return (
    <Link to="/environments" search={{ project: item.projectSlug }} {...shared}>
      {body}
    </Link>
  )
}
