import { Link } from '@tanstack/react-router'
import { Empty, PageBones, ProblemNote } from '../components/states.tsx'

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
  return (
    <div className="page">
      <ProblemNote error={error} onRetry={reset} />
    </div>
  )
}

export function PageNotFound() {
  return (
    <div className="page">
      <Empty
        title="There is no such page"
        action={
          <Link className="link" to="/">
            To the projects
          </Link>
        }
      />
    </div>
  )
}
