import { useDebouncedValue } from '@mantine/hooks'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { FilterInput } from '../components/filter-input.tsx'
import { AuditExport, AuditList } from '../features/audit/audit-list.tsx'
import { useTitle } from '../lib/use-title.ts'

const route = getRouteApi('/system/audit')
const typedForMs = 200

/** `/system/audit`: every write, searched and exported. */
export function AuditPage() {
  useTitle('Audit log')
  const { q = '' } = route.useSearch()
  const navigate = useNavigate()
  const [filter] = useDebouncedValue(q.trim(), typedForMs)
  return (
    <div className="page">
      <p className="crumbs">
        <Link to="/system">System</Link>
        <span aria-hidden="true">/</span>
        <span>audit log</span>
      </p>
      <div className="page-head row-wrap">
        <h1 className="grow">Audit log</h1>
        <FilterInput
          label="Search the log"
          value={q}
          onChange={(value) =>
            void navigate({ to: '/system/audit', search: { q: value || undefined }, replace: true })
          }
        />
        <AuditExport filter={filter} />
      </div>
      <AuditList filter={filter} />
    </div>
  )
}
