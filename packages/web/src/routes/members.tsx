import { getRouteApi, Link } from '@tanstack/react-router'
import { MembersView } from '../features/people/members-view.tsx'
import { useTitle } from '../lib/use-title.ts'

const route = getRouteApi('/projects/$slug/members')

/** `/projects/$slug/members`: who is in a project, and as what. */
export function MembersPage() {
  const { slug } = route.useParams()
  useTitle(`Members of ${slug}`)
  return (
    <div className="page">
      <p className="crumbs">
        <Link to="/projects/$slug/settings" params={{ slug }} search={{}}>
          {slug}
        </Link>
        <span aria-hidden="true">/</span>
        <span>members</span>
      </p>
      <div className="page-head">
        <h1>Members of {slug}</h1>
      </div>
      <MembersView key={slug} slug={slug} />
    </div>
  )
}
