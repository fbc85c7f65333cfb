import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { LoadMore } from '../../components/load-more.tsx'
import { Empty, ListBones, Loaded, ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { NewsList } from './news-list.tsx'
import { Peek } from './peek.tsx'
import { WaitingList } from './waiting-list.tsx'

/** What waits for a person, then what happened; the picked question stands beside the list. */
export function InboxView() {
  const inbox = useQuery(queries.inbox())
  const [chosen, setChosen] = useState<string>()
  const wide = useMediaQuery('(min-width: 1000px)', true)
  return (
    <Loaded query={inbox} bones={<ListBones />}>
      {({ waiting, unread }) => {
        const picked = waiting.find((change) => change.id === chosen)?.id ?? waiting[0]?.id
        return (
          <div className={picked && wide ? 'with-peek' : undefined}>
            <div className="grow">
              <h2 className="list-title" style={{ marginTop: 0 }}>
                Waits for you <span className="faint">{waiting.length}</span>
              </h2>
              {waiting.length === 0 ? (
                <Empty title="Nothing waits for you">
                  Plans to confirm, questions of agents, merges to allow, approvals and failures that were
                  given up come here.
                </Empty>
              ) : (
                <WaitingList changes={waiting} picked={wide ? picked : undefined} onPick={setChosen} />
              )}
              <News unread={unread} />
            </div>
            {picked && wide ? <Peek id={picked} /> : null}
          </div>
        )
      }}
    </Loaded>
  )
}

function News({ unread }: { unread: number }) {
  const cache = useQueryClient()
  const news = useInfiniteQuery(queries.notificationPages())
  const renew = () => cache.invalidateQueries({ queryKey: ['inbox'] })
  const mark = useMutation({
    mutationFn: ({ id, read }: { id: number; read: boolean }) =>
      call('markNotifications', { body: { ids: [id], read } }),
    onSuccess: renew,
  })
  const markAll = useMutation({
    mutationFn: (upTo: number) => call('markNotifications', { body: { upTo } }),
    onSuccess: renew,
  })
  return (
    <section aria-label="News">
      <div className="list-head">
        <h2 className="list-title grow">
          News <span className="faint">{unread > 0 ? `${unread} unread` : null}</span>
        </h2>
        {unread > 0 ? (
          <Button
            size="compact-sm"
            loading={markAll.isPending}
            onClick={() => markAll.mutate(news.data?.pages[0]?.items[0]?.id ?? 1)}
          >
            Mark all as read
          </Button>
        ) : null}
      </div>
      {(mark.error ?? markAll.error) ? <ProblemNote error={mark.error ?? markAll.error} /> : null}
      <Loaded query={news} bones={<ListBones rows={4} />}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items)
          if (items.length === 0) return <Empty title="No news yet">Merges, deployments and failures.</Empty>
          return (
            <>
              <NewsList items={items} onMark={(id, read) => mark.mutate({ id, read })} />
              <LoadMore query={news} shown={items.length} what="notification" />
            </>
          )
        }}
      </Loaded>
    </section>
  )
}
