import type { EgressRequest, JobView } from '@signalbox/core/contract/views/runs.ts'
import { useQuery } from '@tanstack/react-query'
import { Lamp } from '../../components/lamp.tsx'
import { Bone, Empty, Loaded } from '../../components/states.tsx'
import { absolute, bytes, plural } from '../../lib/format.ts'
import { queries } from '../../lib/queries.ts'

/** Every request that the job made through the proxy; refused ones first. */
export function Egress({ job }: { job: JobView }) {
  const requests = useQuery(queries.egress(job.id, job.status === 'in_progress'))
  return (
    <Loaded query={requests} bones={<Bone height={160} />}>
      {(items) =>
        items.length === 0 ? (
          <Empty title="No request">Job “{job.name}” did not ask for anything outside of its sandbox.</Empty>
        ) : (
          <Requests items={items} job={job.name} />
        )
      }
    </Loaded>
  )
}

function Requests({ items, job }: { items: EgressRequest[]; job: string }) {
  const refused = items.filter((each) => !each.allowed).length
  const sorted = items.toSorted((a, b) => Number(a.allowed) - Number(b.allowed) || a.at.localeCompare(b.at))
  return (
    <div className="stack" style={{ gap: 8 }}>
      <p className="muted">
        {plural(items.length, 'request')} of job “{job}”, {refused} refused
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="panel table-scroll" tabIndex={0} aria-label="Requests">
        <table className="table table-wide">
          <thead>
            <tr>
              <th>Request</th>
              <th>Answer</th>
              <th>Up, down</th>
              <th>Time</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((each) => (
              <tr key={`${each.at}${each.host}${each.port}${each.durationMs}`}>
                <td className="mono">
                  {each.method} {each.host}:{each.port}
                </td>
                <td>
                  <span className="row" style={{ gap: 6 }}>
                    <Lamp lamp={each.allowed ? 'clear' : 'stopped'} />
                    <span>
                      {each.allowed ? 'allowed' : 'refused'}{' '}
                      {each.reason === 'allowed' ? null : (
                        <span className="muted">· {each.reason.replaceAll('-', ' ')}</span>
                      )}
                    </span>
                  </span>
                </td>
                <td>
                  {bytes(each.bytesUp)}, {bytes(each.bytesDown)}
                </td>
                <td title={absolute(each.at)}>{Math.round(each.durationMs)} ms</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  )
}
