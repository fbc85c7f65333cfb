import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Bone, Empty, Loaded } from '../../components/states.tsx'
import { matches } from '../../lib/match.ts'
import { queries } from '../../lib/queries.ts'
import { EnvironmentView } from './environment-view.tsx'

/** Each project asks for its deployments and changes: hundreds at once would only stand in each other's way. */
const atOnce = 12

/** The environments of one project, or of all that the filter finds. */
export function EnvironmentList({ project, filter }: { project: string | undefined; filter: string }) {
  const projects = useQuery(queries.projects())
  const [limit, setLimit] = useState(atOnce)
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
        const found = shown.filter((card) => matches(filter, card.name, card.slug))
        if (found.length === 0) {
          return (
            <Empty
              title={`No project matches “${filter}”`}
              action={
                <Link className="link" to="/environments" search={{ project }}>
                  Show all projects
                </Link>
              }
            />
          )
        }
        return (
          <>
            {found.slice(0, limit).map((card) => (
              <EnvironmentView key={card.id} project={card} />
            ))}
            {found.length > limit ? (
              <Button onClick={() => setLimit(limit + atOnce)}>
                Show {Math.min(atOnce, found.length - limit)} more of {found.length} projects
              </Button>
            ) : null}
          </>
        )
      }}
    </Loaded>
  )
}
