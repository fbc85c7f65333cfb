import { Button } from '@mantine/core'
import type { DeploymentView } from '@signalbox/core/contract/views.ts'
import { Link } from '@tanstack/react-router'
import { Hash } from '../../components/hash.tsx'
import { Lamp } from '../../components/lamp.tsx'
import { Ago } from '../../components/time.tsx'
import { deploymentSignal } from '../../lib/signals.ts'

interface ReleaseListProps {
  items: DeploymentView[]
  live: DeploymentView | null
  onRollback: (target: DeploymentView) => void
  onOutput: (deployment: DeploymentView) => void
}

/** Deployments, newest first; a kept release has its way back. */
export function ReleaseList({ items, live, onRollback, onOutput }: ReleaseListProps) {
  if (items.length === 0) return null
  return (
    <ul className="list" aria-label="Releases">
      {items.map((each) => {
        const { lamp, word } = deploymentSignal(each)
        const kept =
          !each.live && each.status === 'completed' && each.release !== 'removed' && each.release !== 'none'
        return (
          <li key={each.id} className="list-row">
            <span className={`list-word lamp-text-${lamp}`}>
              <Lamp lamp={lamp} />
              {word}
            </span>
            <Hash commit={each.commit} />
            <span className="grow cut list-grow muted" title={each.reason ?? undefined}>
              {each.reason ??
                `${each.environment} · by ${each.trigger === 'manual' ? 'a person' : `a ${each.trigger}`}`}
            </span>
            {each.changeId ? (
              <Link to="/changes/$id" params={{ id: each.changeId }} className="link">
                Its change
              </Link>
            ) : null}
            {each.release === 'none' || each.release === 'removed' ? null : (
              <Button size="compact-xs" variant="subtle" onClick={() => onOutput(each)}>
                Output
              </Button>
            )}
            {kept && live ? (
              <Button size="compact-xs" onClick={() => onRollback(each)} data-testid="rollback-to">
                Roll back to this release
              </Button>
            ) : null}
            <span className="list-age">
              <Ago at={each.createdAt} />
            </span>
          </li>
        )
      })}
    </ul>
  )
}
