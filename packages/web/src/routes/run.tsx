import { getRouteApi, useLocation, useNavigate } from '@tanstack/react-router'
import { RunView } from '../features/run/run-view.tsx'
import { ShellOffer } from '../features/shell/shell-offer.tsx'
import { lineRangeText, readLineRange } from '../lib/line-range.ts'

const route = getRouteApi('/runs/$id')

/** `/runs/$id`: one run; `#L12` or `#L12-L20` names lines of its log. */
export function RunPage() {
  const { id } = route.useParams()
  const { job, step, tab } = route.useSearch()
  const navigate = useNavigate()
  const hash = useLocation({ select: (location) => location.hash })
  return (
    <div className="page page-wide">
      <RunView
        key={id}
        id={id}
        tab={tab ?? 'jobs'}
        job={job}
        step={step}
        range={readLineRange(hash)}
        above={(of) => <ShellOffer key={of.id} job={of} />}
        onGo={(place) =>
          void navigate({
            to: '/runs/$id',
            params: { id },
            search: {
              job: place.job,
              step: place.step,
              tab: place.tab === 'jobs' ? undefined : place.tab,
            },
            resetScroll: false,
          })
        }
        onRange={(inJob, range) =>
          void navigate({
            to: '/runs/$id',
            params: { id },
            search: { job: inJob },
            hash: lineRangeText(range),
            replace: true,
            resetScroll: false,
            hashScrollIntoView: false,
          })
        }
      />
    </div>
  )
}
