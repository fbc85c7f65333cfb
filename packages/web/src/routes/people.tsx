import { UsersView } from '../features/people/users-view.tsx'
import { useTitle } from '../lib/use-title.ts'

/** `/system/people`: everybody who can sign in. */
export function PeoplePage() {
  useTitle('People')
  return (
    <div className="page">
      <div className="page-head">
        <h1>People</h1>
      </div>
      <UsersView />
    </div>
  )
}
