import type { SystemView as System } from '@signalbox/core/contract/views/system.ts'
import type { Lamp as LampState } from '@signalbox/core/domain/strip.ts'
import { useQuery } from '@tanstack/react-query'
import { Lamp } from '../../components/lamp.tsx'
import { Loaded, PageBones } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { queries } from '../../lib/queries.ts'
import { RouteTable } from './route-table.tsx'
import { SystemHealth } from './system-health.tsx'

const lamps: Record<'ok' | 'degraded' | 'down', { lamp: LampState; word: string }> = {
  ok: { lamp: 'clear', word: 'well' },
  degraded: { lamp: 'waiting', word: 'degraded' },
  down: { lamp: 'stopped', word: 'down' },
}

/** How the parts of this installation do, what is routed, and what it is. */
export function SystemView() {
  const system = useQuery(queries.system())
  return (
    <Loaded query={system} bones={<PageBones />}>
      {(data) => (
        <div className="stack" style={{ gap: 24 }}>
          <Parts system={data} />
          <SystemHealth />
          <RouteTable system={data} />
          <Installation system={data} />
        </div>
      )}
    </Loaded>
  )
}

function Parts({ system }: { system: System }) {
  const { database, queue, worker, ingress, disk } = system.health
  return (
    <ul className="list" aria-label="Health">
      {Object.entries({ database, queue, worker, ingress, disk }).map(([name, part]) => (
        <li className="list-row" key={name}>
          <Lamp lamp={lamps[part.status].lamp} size={16} />
          <b style={{ width: 90, textTransform: 'capitalize' }}>{name}</b>
          <span className={`lamp-text-${lamps[part.status].lamp}`} style={{ width: 80 }}>
            {lamps[part.status].word}
          </span>
          <span className="muted grow">
            {part.detail}
            {part.since ? (
              <>
                {' · since '}
                <Ago at={part.since} />
              </>
            ) : null}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Installation({ system }: { system: System }) {
  return (
    <section className="stack" aria-label="This installation">
      <h2>This installation</h2>
      <dl className="facts panel" style={{ padding: 16 }}>
        <dt>Signalbox</dt>
        <dd>
          {system.version}, started <Ago at={system.startedAt} />
        </dd>
        <dt>Node</dt>
        <dd>{system.node}</dd>
        <dt>PostgreSQL</dt>
        <dd>
          {system.databaseVersion}, {system.databaseKind}
        </dd>
        <dt>Data folder</dt>
        <dd className="mono">{system.dataDir}</dd>
        <dt>Jobs</dt>
        <dd>
          {system.jobsInProgress} running, {system.jobsQueued} queued
        </dd>
        <dt>Validations at once</dt>
        <dd>
          {system.limits.maxConcurrentValidations} at most{' '}
          <code className="faint">MAX_CONCURRENT_VALIDATIONS</code>
        </dd>
        <dt>Cleaned up after</dt>
        <dd>
          {system.limits.autoCleanupHours} hours <code className="faint">AUTO_CLEANUP_HOURS</code>
        </dd>
        <dt>HTTP API</dt>
        <dd>
          <a className="link" href="/api/docs">
            /api/docs
          </a>
        </dd>
      </dl>
    </section>
  )
}
