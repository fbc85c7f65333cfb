import { useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import { Empty, PageBones, ProblemNote } from '../components/states.tsx'
import { useTitle } from '../lib/use-title.ts'

/** While the script of a page is on its way. */
export function PagePending() {
  return (
    <div className="page">
      <PageBones />
    </div>
  )
}

/** A page that broke; the frame stays usable. */
export function PageFault({ error, reset }: { error: unknown; reset: () => void }) {
  useTitle('This page broke')
  const cache = useQueryClient()
  function tryAgain() {
    // An answer that broke the page would break it again: everything is read anew, but who is signed in.
    void cache.resetQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
    reset()
  }
  return (
    <div className="page stack" data-testid="page-fault">
      <h1>This page broke</h1>
      <ProblemNote error={error} onRetry={tryAgain} />
      <p className="row row-wrap">
        <Link className="link" to="/">
          To the projects
        </Link>
        <Link className="link" to="/system">
          See the system
        </Link>
      </p>
    </div>
  )
}

/** An address that no page has. */
export function PageNotFound() {
  const { pathname } = useLocation()
  useTitle('No such page')
  return (
    <div className="page" data-testid="not-found">
      <Empty
        whole
        title="There is no such page"
        action={
          <p className="row row-wrap">
            <Link className="link" to="/">
              To the projects
            </Link>
            <Link className="link" to="/changes">
              All changes
            </Link>
            <Link className="link" to="/runs">
              All runs
            </Link>
          </p>
        }
      >
        Nothing stands at <code style={{ overflowWrap: 'anywhere' }}>{pathname}</code>.
      </Empty>
    </div>
  )
}
