import type { ProjectCard as Card } from '@signalbox/core/contract/views/projects.ts'
import { Link } from '@tanstack/react-router'
import { Lamp } from '../../components/lamp.tsx'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { Sparkline } from '../../components/sparkline.tsx'
import { Strip } from '../../components/strip.tsx'
import { Ago } from '../../components/time.tsx'
import { changeLamp, changeWord, deploymentSignal } from '../../lib/signals.ts'

/** A project at a glance: what is on its way, what is live, how green it is, and the button to start. */
export function ProjectCard({ card, onRun }: { card: Card; onRun: () => void }) {
  return (
    <article className="panel card" data-testid="project-card" data-slug={card.slug}>
      <div className="row">
        <div className="grow">
          <h2 className="cut">
            <Link to="/changes" search={{ project: card.slug }} data-list-item>
              {card.name}
            </Link>
          </h2>
          <p className="muted cut">
            {card.forge} forge · {card.defaultBranch}
            {card.sample ? ' · sample' : ''} ·{' '}
            <Link className="quiet-link" to="/projects/$slug/settings" params={{ slug: card.slug }}>
              Settings
            </Link>
          </p>
        </div>
        <PermittedButton
          permission="change.write"
          project={card.id}
          variant="filled"
          onClick={onRun}
          data-testid="goal-button"
          aria-label={`Run a goal on ${card.name}`}
        >
          Run
        </PermittedButton>
      </div>
      <NewestChange card={card} />
      <dl className="card-facts">
        <div>
          <dt>Open changes</dt>
          <dd>{card.openChanges}</dd>
        </div>
        <div>
          <dt>Live</dt>
          <dd>
            <LiveNow card={card} />
          </dd>
        </div>
        <div>
          <dt>Validations</dt>
          <dd>
            <Sparkline results={card.recentValidations} />
          </dd>
        </div>
      </dl>
    </article>
  )
}

function NewestChange({ card }: { card: Card }) {
  const change = card.newestChange
  if (!change) {
    return (
      <div className="card-change">
        <span className="muted">
          {card.headCommit ? 'No change yet. Give it a goal.' : 'The repository is empty.'}
        </span>
      </div>
    )
  }
  const lamp = changeLamp(change)
  return (
    <Link to="/changes/$id" params={{ id: change.id }} className="card-change">
      <span className="row">
        <span className="faint">#{change.number}</span>
        <span className="cut grow">{change.title}</span>
      </span>
      <span className="row row-wrap">
        <Strip strip={change.strip} />
        <span className="grow" />
        <span className={`card-word lamp-text-${lamp}`}>{changeWord(change)}</span>
        <span className="faint">
          <Ago at={change.updatedAt} />
        </span>
      </span>
    </Link>
  )
}

function LiveNow({ card }: { card: Card }) {
  if (!card.live) return <span className="faint">nothing yet</span>
  const { lamp, word } = deploymentSignal(card.live)
  const healthy = card.live.health?.healthy ?? true
  return (
    <span className="row" style={{ gap: 6 }} title={card.live.health?.detail}>
      <Lamp lamp={healthy ? lamp : 'stopped'} label={healthy ? word : 'unhealthy'} />
      {card.live.url ? (
        <a className="link" href={card.live.url} target="_blank" rel="noreferrer">
          {card.live.environment}
        </a>
      ) : (
        card.live.environment
      )}
      <span className="faint cut">
        <Ago at={card.live.liveAt ?? card.live.createdAt} />
      </span>
    </span>
  )
}
