import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { FilterInput } from '../components/filter-input.tsx'
import { RunList } from '../features/runs/run-list.tsx'
import { useTitle } from '../lib/use-title.ts'

const route = getRouteApi('/runs')

/** `/runs`: all runs, or those of a project. */
export function RunsPage() {
  const { project, q } = route.useSearch()
  useTitle(project ? `Runs of ${project}` : 'Runs')
  const navigate = useNavigate()
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Runs{project ? <span className="muted"> of {project}</span> : null}</h1>
        <FilterInput
          label="Filter runs"
          value={q ?? ''}
          onChange={(value) =>
            void navigate({ to: '/runs', search: { project, q: value || undefined }, replace: true })
          }
        />
      </div>
      <RunList project={project} filter={q ?? ''} />
    </div>
  )
}
