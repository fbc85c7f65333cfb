import { Button } from '@mantine/core'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { DeploymentCard } from '../../components/deployment-card.tsx'
import { Hash } from '../../components/hash.tsx'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { RollbackDialog } from '../../components/rollback-dialog.tsx'
import { Ago } from '../../components/time.tsx'
import { queries } from '../../lib/queries.ts'
import { useRollback } from '../../lib/use-rollback.ts'
import { rollbackTarget, usualRunMs } from '../../lib/usual.ts'

interface DeploymentProps {
  change: ChangeDetail
  deployment: DeploymentView
}

/** What of this change is live, how it does, and the one button back. */
export function Deployment({ change, deployment }: DeploymentProps) {
  const [asking, setAsking] = useState(false)
  const deployments = useQuery(queries.deployments(change.projectSlug))
  const history = useQuery(queries.runs({ project: change.projectSlug }))
  const rollback = useRollback(() => setAsking(false))
  const target = deployment.live ? rollbackTarget(deployments.data ?? [], deployment) : null
  const instead =
    deployment.status === 'completed' && !deployment.live
      ? deployments.data?.find((each) => each.live && each.environment === deployment.environment)
      : undefined
  return (
    <>
      <DeploymentCard
        deployment={deployment}
        hideReason={deployment.reason === change.reason}
        usualMs={usualRunMs(history.data?.items ?? [], 'deploy')}
        actions={
          <>
            {target ? (
              <PermittedButton
                permission="deployment.write"
                project={change.projectSlug}
                onClick={() => setAsking(true)}
                data-testid="rollback-button"
              >
                Roll back to {target.commit.slice(0, 7)}
              </PermittedButton>
            ) : null}
            <Button
              renderRoot={(props) => (
                <Link to="/environments" search={{ project: change.projectSlug }} {...props} />
              )}
            >
              All releases
            </Button>
          </>
        }
      />
      {instead ? (
        <p className="muted" style={{ marginTop: 10 }}>
          Live is <Hash commit={instead.commit} /> instead, since{' '}
          <Ago at={instead.liveAt ?? instead.createdAt} />.
        </p>
      ) : null}
      {target ? (
        <RollbackDialog
          open={asking}
          live={deployment}
          target={target}
          busy={rollback.isPending}
          error={rollback.error}
          onConfirm={() => rollback.mutate(target.id)}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  )
}
