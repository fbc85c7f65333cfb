import { Notifications, notifications } from '@mantine/notifications'
import type { NotificationView } from '@signalbox/core/contract/views/inbox.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { tellBrowser } from './tell-browser.ts'

const shownMs = 8000
const atOnce = 3

/** News that come while the page is open: a note in the corner for what is new, and the count in the title. */
export function NewsToasts() {
  const newest = useQuery(queries.newestNotifications())
  const inbox = useQuery(queries.inbox())
  const navigate = useNavigate()
  const pathname = useLocation({ select: (location) => location.pathname })
  const cache = useQueryClient()
  const mark = useMutation({
    mutationFn: (ids: number[]) => call('markNotifications', { body: { ids, read: true } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['inbox'] }),
  })
  const seen = useRef<number | undefined>(undefined)
  const items = newest.data?.items
  useEffect(() => {
    if (!items) return
    const before = seen.current
    seen.current = Math.max(before ?? 0, ...items.map((item) => item.id))
    // What was there when the page was opened is no news.
    if (before === undefined) return
    const fresh = items.filter((item) => item.id > before && item.readAt === null)
    const unseen = fresh.filter((item) => !isSeen(item, pathname))
    for (const item of unseen.slice(0, atOnce).toReversed()) show(item, () => open(item))
    // A question stays unread until it is answered.
    const told = fresh.filter((item) => item.kind !== 'needs_you' && isSeen(item, pathname))
    if (told.length > 0) mark.mutate(told.map(({ id }) => id))
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

/** The page in front of the person says it already. */
function isSeen(item: NotificationView, pathname: string): boolean {
  return pathname === `/changes/${item.changeId}` && document.visibilityState === 'visible'
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
