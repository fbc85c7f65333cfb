import { useQuery } from '@tanstack/react-query'
import { ChangeRow } from '../../components/change-row.tsx'
import { queries } from '../../lib/queries.ts'

/** Changes that wait for a person, above everything else; nothing when none does. */
export function NeedsYou() {
  const changes = useQuery(queries.changes({ open: 'true' }))
  const waiting = changes.data?.items.filter((change) => change.status === 'waiting') ?? []
  if (waiting.length === 0) return null
  return (
    <section aria-label="Needs you" style={{ marginBottom: 24 }}>
      <h2 className="list-title" style={{ marginTop: 0 }}>
        Needs you <span className="faint">{waiting.length}</span>
      </h2>
      <ul className="list">
        {waiting.map((change) => (
          <li key={change.id}>
            <ChangeRow change={change} showProject />
          </li>
        ))}
      </ul>
    </section>
  )
}
