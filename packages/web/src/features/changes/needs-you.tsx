import { useQuery } from '@tanstack/react-query'
import { ChangeRow } from '../../components/change-row.tsx'
import { queries } from '../../lib/queries.ts'
import { waitsForPerson } from './group-changes.ts'

/** Changes that wait for a person, above everything else; nothing when none does. */
export function NeedsYou() {
  const changes = useQuery(queries.changes({ open: 'true' }))
  const waiting = changes.data?.items.filter(waitsForPerson) ?? []
  if (waiting.length === 0) return null
  return (
    <section aria-label="Waits for you" style={{ marginBottom: 24 }}>
      <h2 className="list-title" style={{ marginTop: 0 }}>
        Waits for you <span className="faint">{waiting.length}</span>
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
