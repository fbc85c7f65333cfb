import type { WorkflowInsight } from '@signalbox/core/contract/views/insights.ts'
import { Link } from '@tanstack/react-router'
import { Lamp } from '../../components/lamp.tsx'
import { duration } from '../../lib/format.ts'
import { statusLamp } from '../../lib/signals.ts'
import { rateWord } from './rate-word.ts'

/** Success rate, durations and queue times, a line for each workflow. */
export function WorkflowTable({ items, showProject }: { items: WorkflowInsight[]; showProject: boolean }) {
  return (
    <section className="stack" aria-label="Workflows">
      <h2>Workflows</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="panel table-scroll" tabIndex={0} aria-label="Workflows, a line each">
        <table className="table table-wide" data-testid="workflow-insights">
          <thead>
            <tr>
              <th>Workflow</th>
              {showProject ? <th>Project</th> : null}
              <th>Runs</th>
              <th>Success</th>
              <th>Mean</th>
              <th>Median</th>
              <th>95th</th>
              <th>Waited</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={`${item.projectId} ${item.kind} ${item.workflowFile}`}>
                <td title={item.workflowFile}>
                  <Link className="link" to="/runs/$id" params={{ id: item.newestRunId }}>
                    <Lamp lamp={lampOf(item)} /> {item.name}
                  </Link>{' '}
                  <span className="faint">{item.kind}</span>
                </td>
                {showProject ? <td className="nowrap">{item.projectSlug}</td> : null}
                <td>{item.runs.toLocaleString()}</td>
                <td
                  className={
                    item.successRate !== null && item.successRate < 0.8
                      ? 'nowrap lamp-text-stopped'
                      : 'nowrap'
                  }
                >
                  {rateWord(item)}
                </td>
                <td className="nowrap">{time(item.meanMs)}</td>
                <td className="nowrap">{time(item.medianMs)}</td>
                <td className="nowrap">{time(item.p95Ms)}</td>
                <td
                  className="nowrap"
                  title="From the run's creation to its first job: the median, and the 95th of a hundred"
                >
                  {time(item.queueMedianMs)} <span className="faint">/ {time(item.queueP95Ms)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

function lampOf({ newestConclusion }: WorkflowInsight) {
  return statusLamp({
    status: newestConclusion === null ? 'in_progress' : 'completed',
    conclusion: newestConclusion,
  })
}

function time(ms: number | null): string {
  return ms === null ? '—' : duration(ms)
}
