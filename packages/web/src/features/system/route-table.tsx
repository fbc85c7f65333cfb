import type { SystemView } from '@signalbox/core/contract/views/system.ts'

/** Which host name the ingress sends where, with counts since the route was set. */
export function RouteTable({ system }: { system: SystemView }) {
  return (
    <section className="stack" aria-label="Ingress">
      <h2>
        Ingress {system.ingressPort ? <span className="muted">on port {system.ingressPort}</span> : null}
      </h2>
      {system.routes.length === 0 ? (
        <p className="muted">No route: nothing is live.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className="panel table-scroll" tabIndex={0} aria-label="Routes">
          <table className="table">
            <thead>
              <tr>
                <th>Host</th>
                <th>Release</th>
                <th>Requests</th>
                <th>Errors</th>
                <th>Open</th>
              </tr>
            </thead>
            <tbody>
              {system.routes.map((route) => (
                <tr key={route.host}>
                  <td className="mono">{route.host}</td>
                  <td className="mono">{route.releaseId}</td>
                  <td>{route.requests.toLocaleString()}</td>
                  <td className={route.errors > 0 ? 'lamp-text-stopped' : undefined}>
                    {route.errors.toLocaleString()}
                  </td>
                  <td>{route.open}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}
