import { Link } from '@tanstack/react-router'
import { Lamp } from './lamp.tsx'

/** That work waits for the machine and not for its own sake, why, and where to look. */
export function WaitNote({ reason }: { reason: string }) {
  return (
    <p className="wait-note" role="status" data-testid="wait-note">
      <Lamp lamp="waiting" />
      <span>
        {reason}{' '}
        <Link to="/system" className="link">
          See the system
        </Link>
      </span>
    </p>
  )
}
