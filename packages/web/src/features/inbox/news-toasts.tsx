import { Notifications, notifications } from '@mantine/notifications'
import type { NotificationView } from '@signalbox/core/contract/views/inbox.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { queries } from '../../lib/queries.ts'
import { tellBrowser } from './tell-browser.ts'

const shownMs = 8000
const atOnce = 3

/** News that come while the page is open: a note in the corner for what is new, and the count in the title. */
export function NewsToasts() {
  const newest = useQuery(queries.newestNotifications())
  const inbox = useQuery(queries.inbox())
  const navigate = useNavigate()
  const seen = useRef<number | undefined>(undefined)
  const items = newest.data?.items
  useEffect(() => {
    if (!items) return
    const before = seen.current
    seen.current = Math.max(before ?? 0, ...items.map((item) => item.id))
    // What was there when the page was opened is no news.
    if (before === undefined) return
    const fresh = items.filter((item) => item.id > before && item.readAt === null)
    for (const item of fresh.slice(0, atOnce).toReversed()) show(item, () => open(item))
  })
  function open(item: NotificationView) {
    notifications.hide(`news-${item.id}`)
    if (item.changeId) void navigate({ to: '/changes/$id', params: { id: item.changeId } })
    else void navigate({ to: '/environments', search: { project: item.projectSlug } })
  }
  useEffect(() => {
    const waiting = inbox.data?.waiting.length ?? 0
    const bare = document.title.replace(/^\(\d+\) /, '')
    document.title = waiting > 0 ? `(${waiting}) ${bare}` : bare
  })
  return <Notifications position="bottom-right" limit={atOnce} zIndex={300} />
}

function show(item: NotificationView, onOpen: () => void): void {
  notifications.show({
    closeButtonProps: { 'aria-label': 'Dismiss' },
    id: `news-${item.id}`,
    title: item.title,
    message: (
      <button type="button" className="link toast-open" onClick={onOpen}>
        {item.changeId ? 'Open the change' : 'Open the environment'}
      </button>
    ),
    color: item.kind === 'failed' ? 'red' : item.kind === 'needs_you' ? 'yellow' : 'teal',
    autoClose: shownMs,
  })
  tellBrowser({ id: item.id, title: item.title, text: item.text, onOpen })
}
