import type { StepError } from '@signalbox/core/contract/views/insights.ts'
import { Link } from '@tanstack/react-router'
import { Ago } from '../../components/time.tsx'
import { plural } from '../../lib/format.ts'

/** How steps fail, the most common way first; each leads to the run where it was seen last. */
export function CommonErrors({ items, showProject }: { items: StepError[]; showProject: boolean }) {
  return (
    <section className="stack" aria-label="Most common errors">
      <h2>Most common errors</h2>
      {items.length === 0 ? (
        <p className="muted">No step failed.</p>
      ) : (
        <ul className="list" data-testid="common-errors">
          {items.map((item) => (
            <li key={[item.projectSlug, item.workflowFile, item.jobKey, item.step, item.reason].join(' ')}>
              <Link to="/runs/$id" params={{ id: item.lastRunId }} className="list-row" data-list-item>
                <span className="list-number">{item.count} ×</span>
                <span className="grow cut list-grow" title={item.reason}>
                  {item.reason}
                  <span className="faint">
                    {' '}
                    · {showProject ? `${item.projectSlug} · ` : ''}
                    {item.jobKey} / {item.step}
                  </span>
                </span>
                <span className="list-age">
                  <Ago at={item.lastAt} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {items.length === 20 ? (
        <p className="faint">The {plural(items.length, 'way')} that came most often.</p>
      ) : null}
    </section>
  )
}
