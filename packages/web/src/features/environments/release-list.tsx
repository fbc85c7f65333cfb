import { Button } from '@mantine/core'
import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import { Link } from '@tanstack/react-router'
import { Hash } from '../../components/hash.tsx'
import { Lamp } from '../../components/lamp.tsx'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { Ago } from '../../components/time.tsx'
import { deploymentSignal } from '../../lib/signals.ts'

interface ReleaseListProps {
  /** Its id. */
  project: string
  items: DeploymentView[]
  live: DeploymentView | null
  /** Titles of the changes that brought the releases, by change id. */
  titles: Map<string, string>
  onRollback: (target: DeploymentView) => void
  onOutput: (deployment: DeploymentView) => void
}

/** Deployments, newest first; a kept release has its way back. */
export function ReleaseList({ project, items, live, titles, onRollback, onOutput }: ReleaseListProps) {
  if (items.length === 0) return null
  return (
    <ul className="list" aria-label="Releases">
      {items.map((each) => {
        const { lamp, word } = deploymentSignal(each)
        // One that was taken back for its health is no way out; who wants it deploys the head again.
        const sound = each.status === 'completed' && each.liveAt !== null && each.conclusion !== 'rolled_back'
        const kept = sound && !each.live && each.release !== 'removed' && each.release !== 'none'
        const title = each.changeId ? titles.get(each.changeId) : undefined
        return (
          <li key={each.id} className="list-row">
            <span className={`list-word lamp-text-${lamp}`}>
              <Lamp lamp={lamp} />
              {word}
            </span>
            <Hash commit={each.commit} />
            <span className="grow cut list-grow" title={each.reason ?? title}>
              {each.changeId ? (
                <Link to="/changes/$id" params={{ id: each.changeId }} className="link">
                  {title ?? 'Its change'}
                </Link>
              ) : null}
              <span className="muted">
                {each.changeId ? ' · ' : ''}
                {each.reason ??
                  `${each.environment} · by ${each.trigger === 'manual' ? 'a person' : `a ${each.trigger}`}`}
              </span>
            </span>
            {each.release === 'none' || each.release === 'removed' ? null : (
              <Button size="compact-xs" variant="subtle" onClick={() => onOutput(each)}>
                Output
              </Button>
            )}
            {kept && live ? (
              <PermittedButton
                permission="deployment.write"
                project={project}
                size="compact-xs"
                onClick={() => onRollback(each)}
                data-testid="rollback-to"
              >
                Roll back to this release
              </PermittedButton>
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
