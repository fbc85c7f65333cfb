import type { ChangeSummary } from '@signalbox/core/contract/views/changes.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ChangeRow } from '../../components/change-row.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Empty, ListBones, Loaded } from '../../components/states.tsx'
import { matches } from '../../lib/match.ts'
import { queries } from '../../lib/queries.ts'
import { changeWord } from '../../lib/signals.ts'
import { groupChanges } from './group-changes.ts'

interface ChangeListProps {
  project: string | undefined
  filter: string
  /** The one next action of an empty list. */
  action: ReactNode
}

/** Changes in three groups: what needs a person, what is on its way, what has ended. */
export function ChangeList({ project, filter, action }: ChangeListProps) {
  const changes = useInfiniteQuery(queries.changePages({ project }))
  return (
    <Loaded query={changes} bones={<ListBones />}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        if (items.length === 0) {
          return (
            <Empty title="No change yet" action={action}>
              A change begins with a goal.
            </Empty>
          )
        }
        const found = items.filter((change) =>
          matches(filter, `#${change.number}`, change.title, change.projectSlug, changeWord(change)),
        )
        return (
          <>
            {found.length === 0 ? (
              <Empty
                title={`No change matches “${filter}”`}
                action={
                  <Link className="link" to="/changes" search={{ project }}>
                    Show all changes
                  </Link>
                }
              />
            ) : null}
            <Groups changes={found} showProject={project === undefined} />
            <LoadMore query={changes} shown={items.length} what="change" />
          </>
        )
      }}
    </Loaded>
  )
}

function Groups({ changes, showProject }: { changes: ChangeSummary[]; showProject: boolean }) {
  return groupChanges(changes).map((group) => (
    <section key={group.name} aria-label={group.name}>
      <h2 className="list-title">
        {group.name} <span className="faint">{group.changes.length}</span>
      </h2>
      <ul className="list">
        {group.changes.map((change) => (
          <li key={change.id}>
            <ChangeRow change={change} showProject={showProject} />
          </li>
        ))}
      </ul>
    </section>
  ))
}
