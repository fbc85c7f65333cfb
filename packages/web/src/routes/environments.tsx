import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { FilterInput } from '../components/filter-input.tsx'
import { EnvironmentList } from '../features/environments/environment-list.tsx'
import { useTitle } from '../lib/use-title.ts'

const route = getRouteApi('/environments')

/** `/environments`: what is live where. */
export function EnvironmentsPage() {
  const { project, q } = route.useSearch()
  useTitle(project ? `Environments of ${project}` : 'Environments')
  const navigate = useNavigate()
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Environments{project ? <span className="muted"> of {project}</span> : null}</h1>
        {project ? null : (
          <FilterInput
            label="Filter projects"
            value={q ?? ''}
            onChange={(value) =>
              void navigate({ to: '/environments', search: { q: value || undefined }, replace: true })
            }
          />
        )}
      </div>
      <EnvironmentList key={project} project={project} filter={q ?? ''} />
    </div>
  )
}
