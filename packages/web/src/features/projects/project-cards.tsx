import { useQuery } from '@tanstack/react-query'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { Bone, Empty, Loaded } from '../../components/states.tsx'
import { queries } from '../../lib/queries.ts'
import { ProjectCard } from './project-card.tsx'

function CardBones() {
  return (
    <div className="cards" role="status" aria-label="Loading">
      {[0, 1].map((index) => (
        <div className="panel card" key={index}>
          <Bone width="45%" height={20} />
          <Bone height={64} />
          <Bone height={36} />
        </div>
      ))}
    </div>
  )
}

interface ProjectCardsProps {
  onRun: (slug: string) => void
  onAdd: () => void
}

/** All projects as cards. */
export function ProjectCards({ onRun, onAdd }: ProjectCardsProps) {
  const projects = useQuery(queries.projects())
  return (
    <Loaded query={projects} bones={<CardBones />}>
      {(cards) =>
        cards.length === 0 ? (
          <Empty
            title="No project yet"
            action={
              <PermittedButton permission="project.create" variant="filled" onClick={onAdd}>
                Add a project
              </PermittedButton>
            }
          >
            A project is a repository, by a path on this machine or a URL.
          </Empty>
        ) : (
          <div className="cards">
            {cards.map((card) => (
              <ProjectCard key={card.id} card={card} onRun={() => onRun(card.slug)} />
            ))}
          </div>
        )
      }
    </Loaded>
  )
}
