import { useQuery } from '@tanstack/react-query'
import { Empty, ListBones, Loaded } from '../../components/states.tsx'
import { queries } from '../../lib/queries.ts'
import { CommonErrors } from './common-errors.tsx'
import { FlakyJobs } from './flaky-jobs.tsx'
import { WorkflowTable } from './workflow-table.tsx'

/** How the runs of the last days went: by workflow, then how steps fail, then jobs that cannot decide. */
export function InsightsView({ project, days }: { project: string | undefined; days: number }) {
  const insights = useQuery(queries.insights({ project, days }))
  return (
    <Loaded query={insights} bones={<ListBones rows={4} />}>
      {({ workflows, errors, flaky, truncated }) =>
        workflows.length === 0 ? (
          <Empty title={`No run in the last ${days} days`}>
            Success rates, durations and common errors stand here once something has run.
          </Empty>
        ) : (
          <div className="stack">
            {truncated ? (
              <p className="muted">
                There were more runs than are looked at: these are of the newest 20,000.
              </p>
            ) : null}
            <WorkflowTable items={workflows} showProject={project === undefined} />
            <CommonErrors items={errors} showProject={project === undefined} />
            <FlakyJobs items={flaky} showProject={project === undefined} />
          </div>
        )
      }
    </Loaded>
  )
}
