import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../../lib/queries.ts'

/** After the first sign-in by a link: there is no password and no passkey yet. */
export function SetupNote() {
  const session = useQuery(queries.session()).data
  if (!session?.needsSetup) return null
  return (
    <div className="banner banner-offline" role="status" data-testid="setup-note">
      <span>
        Only links sign you in so far.{' '}
        <Link className="link" to="/account">
          Set a password or add a passkey
        </Link>
        , so that you can come back.
      </span>
    </div>
  )
}
