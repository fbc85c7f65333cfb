import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { deploymentSignal } from '../lib/signals.ts'
import { Hash } from './hash.tsx'
import { Lamp } from './lamp.tsx'
import { Ago, Elapsed } from './time.tsx'

const triggerWords = { merge: 'a merge', manual: 'a person', rollback: 'a rollback' } as const

interface DeploymentCardProps {
  deployment: DeploymentView
  /** Number and title of the change that brought it, where the page is not about it. */
  change?: string
  /** Buttons: roll back, output. */
  actions?: ReactNode
  /** The reason stands elsewhere on the page. */
  hideReason?: boolean
  /** The usual time to go live, in milliseconds. */
  usualMs?: number | null
}

/** A deployment as one object: what, where, since when, from which commit, and how it is now. */
export function DeploymentCard({ deployment, change, actions, hideReason, usualMs }: DeploymentCardProps) {
  const { lamp, word } = deploymentSignal(deployment)
  const moving = deployment.status !== 'completed'
  return (
    <div className="deployment" data-testid="deployment-card" data-conclusion={deployment.conclusion ?? ''}>
      <div className="live-line">
        <span className={`row lamp-text-${lamp}`}>
          <Lamp lamp={lamp} size={18} />
          <b>{word}</b>
        </span>
        {deployment.url && deployment.live ? (
          <a
            className="link mono"
            href={deployment.url}
            target="_blank"
            rel="noreferrer"
            data-testid="live-url"
          >
            {deployment.url.replace(/^https?:\/\//, '').replace(/\/$/, '')}
          </a>
        ) : null}
        <span className="grow" />
        {actions}
      </div>
      {deployment.reason && !hideReason ? <p className={`lamp-text-${lamp}`}>{deployment.reason}</p> : null}
      <dl className="facts">
        <dt>Environment</dt>
        <dd>{deployment.environment}</dd>
        <dt>Commit</dt>
        <dd>
          <Hash commit={deployment.commit} />{' '}
          {change && deployment.changeId ? (
            <Link to="/changes/$id" params={{ id: deployment.changeId }} className="link">
              {change}
            </Link>
          ) : null}{' '}
          <span className="muted">started by {triggerWords[deployment.trigger]}</span>
        </dd>
        <dt>Health</dt>
        <dd>
          <Health health={deployment.health} />
        </dd>
        <dt>{moving ? 'Under way' : deployment.live ? 'Live since' : 'Got the traffic'}</dt>
        <dd>
          {moving ? (
            <Elapsed from={deployment.createdAt} to={null} usualMs={usualMs} />
          ) : deployment.liveAt ? (
            <Ago at={deployment.liveAt} />
          ) : (
            'never'
          )}
        </dd>
      </dl>
    </div>
  )
}

/** The last health check, in words. */
export function Health({ health }: { health: DeploymentView['health'] }) {
  if (!health) return <span className="muted">not checked yet</span>
  return (
    <span>
      <span className={health.healthy ? 'lamp-text-clear' : 'lamp-text-stopped'}>
        {health.healthy ? 'healthy' : 'unhealthy'}
      </span>
      <span className="muted">
        {' '}
        · {health.detail} · <Ago at={health.at} />
      </span>
    </span>
  )
}
