import { AccountPart } from '../features/account/account-part.tsx'
import { AccountView } from '../features/account/account-view.tsx'
import { Sessions } from '../features/account/sessions.tsx'
import { Tokens } from '../features/account/tokens.tsx'
import { ThisBrowser } from '../features/system/this-browser.tsx'
import { useTitle } from '../lib/use-title.ts'

/** `/account`: who you are here, and how you sign in. */
export function AccountPage() {
  useTitle('Your account')
  return (
    <AccountPart>
      <AccountView />
    </AccountPart>
  )
}

/** `/account/tokens`: your API tokens. */
export function TokensPage() {
  useTitle('API tokens')
  return (
    <AccountPart>
      <Tokens />
    </AccountPart>
  )
}

/** `/account/browser`: this browser, and every other one where you are signed in. */
export function BrowserPage() {
  useTitle('Browsers')
  return (
    <AccountPart>
      <div className="stack" style={{ gap: 28 }}>
        <ThisBrowser />
        <Sessions />
      </div>
    </AccountPart>
  )
}
