import { useDebouncedValue } from '@mantine/hooks'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { FilterInput } from '../components/filter-input.tsx'
import { AuditExport, AuditList } from '../features/audit/audit-list.tsx'
import { SystemPart } from '../features/system/system-part.tsx'
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
    <SystemPart>
      <div className="page-head row-wrap">
        <h2 className="grow">Every write, newest first</h2>
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
    </SystemPart>
  )
}
