import { getRouteApi } from '@tanstack/react-router'
import { EnvironmentList } from '../features/environments/environment-list.tsx'
import { useTitle } from '../lib/use-title.ts'

const route = getRouteApi('/environments')

/** `/environments`: what is live where. */
export function EnvironmentsPage() {
  const { project } = route.useSearch()
  useTitle(project ? `Environments of ${project}` : 'Environments')
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Environments{project ? <span className="muted"> of {project}</span> : null}</h1>
      </div>
      <EnvironmentList project={project} />
    </div>
  )
}
