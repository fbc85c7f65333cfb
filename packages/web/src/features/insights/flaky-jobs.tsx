import type { FlakyJob } from '@signalbox/core/contract/views/insights.ts'
import { Link } from '@tanstack/react-router'
import { plural } from '../../lib/format.ts'

/** Jobs that failed and succeeded on one and the same commit. */
export function FlakyJobs({ items, showProject }: { items: FlakyJob[]; showProject: boolean }) {
  return (
    <section className="stack" aria-label="Flaky jobs">
      <h2>Flaky jobs</h2>
      {items.length === 0 ? (
        <p className="muted">No job both failed and succeeded on the same commit.</p>
      ) : (
        <ul className="list" data-testid="flaky-jobs">
          {items.map((item) => (
            <li key={`${item.projectSlug} ${item.workflowFile} ${item.jobKey}`}>
              <Link to="/runs/$id" params={{ id: item.lastRunId }} className="list-row" data-list-item>
                <span className="grow cut list-grow">
                  {item.jobKey}
                  <span className="faint">
                    {' '}
                    · {showProject ? `${item.projectSlug} · ` : ''}
                    {item.workflowFile}
                  </span>
                </span>
                <span className="muted nowrap">
                  both ways on {item.flakyCommits} of {plural(item.commits, 'commit')}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
