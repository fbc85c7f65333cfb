import { Button } from '@mantine/core'
import { plural } from '../lib/format.ts'
import { ProblemNote } from './states.tsx'

interface LoadMoreProps {
  /** A list that is read page by page; nothing is drawn when all of it is here. */
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown; error: unknown }
  shown: number
  what: string
}

/** The end of a list that goes on: how much of it is here, and the way to the older part. */
export function LoadMore({ query, shown, what }: LoadMoreProps) {
  if (!query.hasNextPage) return null
  return (
    <div className="load-more">
      <span className="muted">The newest {plural(shown, what)} are here.</span>
      <Button
        loading={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
        data-testid="load-more"
      >
        Load more
      </Button>
      {query.error ? <ProblemNote error={query.error} onRetry={() => void query.fetchNextPage()} /> : null}
    </div>
  )
}
