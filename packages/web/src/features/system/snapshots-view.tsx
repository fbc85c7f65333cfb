import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Bone, Empty, ListBones, Loaded } from '../../components/states.tsx'
import { bytes, plural } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { queries } from '../../lib/queries.ts'

/** What each project keeps of its installs and failed jobs, and how much room that takes. */
export function SnapshotsView() {
  const projects = useQuery(queries.projects())
  return (
    <Loaded query={projects} bones={<ListBones rows={3} />}>
      {(items) =>
        items.length === 0 ? (
          <Empty title="No project yet">Snapshots belong to projects.</Empty>
        ) : (
          <SnapshotSums projects={items} />
        )
      }
    </Loaded>
  )
}

function SnapshotSums({ projects }: { projects: { id: string; slug: string; name: string }[] }) {
  const kept = useQueries({ queries: projects.map(({ slug }) => queries.snapshots(slug)) })
  const total = kept.reduce((sum, each) => sum + (each.data?.totalBytes ?? 0), 0)
  return (
    <div className="stack">
      <p className="muted">
        An install is kept until its lockfile changes or room is needed; the state of a failed job for a shell
        in it. {bytes(total)} in all.
      </p>
      <ul className="list" aria-label="Snapshots by project">
        {projects.map((project, at) => {
          const query = kept[at]
          return (
            <li key={project.id}>
              <Link
                to="/projects/$slug/settings"
                params={{ slug: project.slug }}
                search={{ tab: 'snapshots' }}
                className="list-row"
                data-list-item
              >
                <b className="grow cut">{project.name}</b>
                <span className="muted num">
                  {query?.data ? (
                    `${plural(query.data.items.length, 'snapshot')} · ${bytes(query.data.totalBytes)}`
                  ) : query?.error ? (
                    problemOf(query.error).detail
                  ) : (
                    <Bone width={120} />
                  )}
                </span>
              </Link>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
