import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Bone, Empty, Loaded } from '../../components/states.tsx'
import { queries } from '../../lib/queries.ts'
import { EnvironmentView } from './environment-view.tsx'

/** The environments of one project, or of all. */
export function EnvironmentList({ project }: { project: string | undefined }) {
  const projects = useQuery(queries.projects())
  return (
    <Loaded query={projects} bones={<Bone height={180} />}>
      {(cards) => {
        const shown = cards.filter((card) => project === undefined || card.slug === project)
        if (shown.length === 0) {
          return (
            <Empty
              title="No project"
              action={
                <Link className="link" to="/">
                  To the projects
                </Link>
              }
            >
              An environment belongs to a project.
            </Empty>
          )
        }
        return shown.map((card) => <EnvironmentView key={card.id} project={card} />)
      }}
    </Loaded>
  )
}
