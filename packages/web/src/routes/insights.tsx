import { SegmentedControl } from '@mantine/core'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { InsightsView } from '../features/insights/insights-view.tsx'
import { useTitle } from '../lib/use-title.ts'
import { insightDays } from './search.ts'

const route = getRouteApi('/insights')

/** `/insights`: how the runs of the last days went, of all projects or of one. */
export function InsightsPage() {
  const { project, days = 30 } = route.useSearch()
  useTitle(project ? `Insights of ${project}` : 'Insights')
  const navigate = useNavigate()
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Insights{project ? <span className="muted"> of {project}</span> : null}</h1>
        <SegmentedControl
          aria-label="Of the last days"
          value={String(days)}
          data={insightDays.map((each) => ({ value: String(each), label: `${each} days` }))}
          onChange={(value) =>
            void navigate({ to: '/insights', search: { project, days: Number(value) }, replace: true })
          }
        />
        <Link className="link" to="/runs" search={{ project }}>
          To the runs
        </Link>
      </div>
      <InsightsView project={project} days={days} />
    </div>
  )
}
