import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { Hash } from './hash.tsx'
import { Ago } from './time.tsx'

interface RollbackDialogProps {
  open: boolean
  live: DeploymentView | null
  target: DeploymentView
  busy: boolean
  error: unknown
  onConfirm: () => void
  onClose: () => void
}

/** Names both releases and what happens to the traffic. */
export function RollbackDialog({ open, live, target, busy, error, onConfirm, onClose }: RollbackDialogProps) {
  return (
    <ConfirmDialog
      open={open}
      title={`Roll back ${target.environment}`}
      verb="Roll back"
      danger
      busy={busy}
      error={error}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p>
        The release of commit <Hash commit={target.commit} />
        {target.liveAt ? (
          <>
            , live <Ago at={target.liveAt} />,
          </>
        ) : null}{' '}
        is started, checked and gets all traffic of {target.environment}.
      </p>
      {live ? (
        <p style={{ marginTop: 8 }}>
          The release of <Hash commit={live.commit} /> that is live now answers its open requests, then stops.
          It is kept: you can come back to it. The code on the branch stays as it is.
        </p>
      ) : null}
    </ConfirmDialog>
  )
}
