import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { queries } from '../../lib/queries.ts'

/** Narrows every list to one project. */
export function ProjectSwitch({ project }: { project: string | undefined }) {
  const projects = useQuery(queries.projects())
  const navigate = useNavigate()
  return (
    <select
      className="select"
      aria-label="Project"
      value={project ?? ''}
      onChange={(event) => {
        const slug = event.currentTarget.value
        void navigate(slug ? { to: '/changes', search: { project: slug } } : { to: '/' })
      }}
    >
      <option value="">All projects</option>
      {projects.data?.map((each) => (
        <option key={each.id} value={each.slug}>
          {each.name}
        </option>
      ))}
    </select>
  )
}
