import type { ProjectCard as Card } from '@signalbox/core/contract/views/projects.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { Bone, Empty, Loaded } from '../../components/states.tsx'
import { matches } from '../../lib/match.ts'
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
  filter: string
  onRun: (slug: string) => void
  onAdd: () => void
}

/** All projects as cards. */
export function ProjectCards({ filter, onRun, onAdd }: ProjectCardsProps) {
  const projects = useQuery(queries.projects())
  // What waits stands above the cards: shown before it is known, they would jump down under the pointer.
  const above = useQuery(queries.changes({ open: 'true' }))
  if (above.isPending) return <CardBones />
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
          <Cards cards={cards} filter={filter} onRun={onRun} />
        )
      }
    </Loaded>
  )
}

function Cards({ cards, filter, onRun }: { cards: Card[]; filter: string; onRun: (slug: string) => void }) {
  const found = cards.filter((card) => matches(filter, card.name, card.slug, card.forge))
  if (found.length === 0) {
    return (
      <Empty
        title={`No project matches “${filter}”`}
        action={
          <Link className="link" to="/">
            Show all projects
          </Link>
        }
      />
    )
  }
  return (
    <div className="cards">
      {found.map((card) => (
        <ProjectCard key={card.id} card={card} onRun={() => onRun(card.slug)} />
      ))}
    </div>
  )
}
