import { AccountView } from '../features/account/account-view.tsx'
import { useTitle } from '../lib/use-title.ts'

/** `/account`: who you are here, and how you sign in. */
export function AccountPage() {
  useTitle('Account')
  return (
    <div className="page">
      <div className="page-head">
        <h1>Your account</h1>
      </div>
      <AccountView />
    </div>
  )
}
