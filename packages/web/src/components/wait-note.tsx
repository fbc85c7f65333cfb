import { Link } from '@tanstack/react-router'
import { Lamp } from './lamp.tsx'

/** That work waits and not for its own sake, why, and where to look when it is for the machine. */
export function WaitNote({ reason, system = true }: { reason: string; system?: boolean }) {
  return (
    <p className="wait-note" role="status" data-testid="wait-note">
      <Lamp lamp="waiting" />
      <span>
        {reason}{' '}
        {system ? (
          <Link to="/system" className="link">
            See the system
          </Link>
        ) : null}
      </span>
    </p>
  )
}
