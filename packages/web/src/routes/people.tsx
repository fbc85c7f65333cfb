import { UsersView } from '../features/people/users-view.tsx'
import { SystemPart } from '../features/system/system-part.tsx'
import { useTitle } from '../lib/use-title.ts'

/** `/system/people`: everybody who can sign in. */
export function PeoplePage() {
  useTitle('People')
  return (
    <SystemPart>
      <UsersView />
    </SystemPart>
  )
}
