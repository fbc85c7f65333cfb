import type { RunSummary } from '@signalbox/core/contract/views/runs.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Hash } from '../../components/hash.tsx'
import { Lamp } from '../../components/lamp.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Empty, ListBones, Loaded } from '../../components/states.tsx'
import { Ago, Elapsed } from '../../components/time.tsx'
import { kindOfRun, placeOfRun } from '../../lib/kind-of-run.ts'
import { matches } from '../../lib/match.ts'
import { queries } from '../../lib/queries.ts'
import { statusLamp, statusWord } from '../../lib/signals.ts'

/** Runs, newest first. */
export function RunList({ project, filter }: { project: string | undefined; filter: string }) {
  const runs = useInfiniteQuery(queries.runPages({ project }))
  return (
    <Loaded query={runs} bones={<ListBones />}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        if (items.length === 0) {
          return (
            <Empty
              title="No run yet"
              action={
                <Link className="link" to="/">
                  To the projects
                </Link>
              }
            >
              Give a project a goal: its agent's work and each validation are runs.
            </Empty>
          )
        }
        const found = items.filter((run) =>
          matches(filter, run.name, kindOfRun(run), run.projectSlug, run.number, statusWord(run), run.commit),
        )
        return (
          <>
            {found.length === 0 ? (
              <Empty
                title={`No run matches “${filter}”`}
                action={
                  <Link className="link" to="/runs" search={{ project }}>
                    Show all runs
                  </Link>
                }
              />
            ) : (
              <ul className="list">
                {found.map((run) => (
                  <li key={run.id}>
                    <RunRow run={run} showProject={project === undefined} />
                  </li>
                ))}
              </ul>
            )}
            <LoadMore query={runs} shown={items.length} what="run" />
          </>
        )
      }}
    </Loaded>
  )
}

function RunRow({ run, showProject }: { run: RunSummary; showProject: boolean }) {
  const lamp = statusLamp(run)
  return (
    <Link to="/runs/$id" params={{ id: run.id }} className="list-row" data-list-item>
      <span className="list-number">{run.number}</span>
      <span className="grow cut list-grow" title={run.reason ?? undefined}>
        {run.name}
        <span className="faint">
          {' '}
          · {kindOfRun(run)}
          {run.kind === 'event' ? ` · ${placeOfRun(run)}` : ''}
          {showProject ? ` · ${run.projectSlug}` : ''}
        </span>
      </span>
      <Hash commit={run.commit} />
      <span className={`list-word lamp-text-${lamp}`}>
        <Lamp lamp={lamp} />
        {statusWord(run)}
      </span>
      <span className="list-age">
        <Elapsed from={run.startedAt} to={run.completedAt} />
      </span>
      <span className="list-age">
        <Ago at={run.createdAt} />
      </span>
    </Link>
  )
}
