import { getRouteApi, useLocation, useNavigate } from '@tanstack/react-router'
import { RunView } from '../features/run/run-view.tsx'
import { lineRangeText, readLineRange } from '../lib/line-range.ts'

const route = getRouteApi('/runs/$id')

/** `/runs/$id`: one run; `#L12` or `#L12-L20` names lines of its log. */
export function RunPage() {
  const { id } = route.useParams()
  const { job, step } = route.useSearch()
  const navigate = useNavigate()
  const hash = useLocation({ select: (location) => location.hash })
  return (
    <div className="page page-wide">
      <RunView
        key={id}
        id={id}
        job={job}
        step={step}
        range={readLineRange(hash)}
        onPick={(pickedJob, pickedStep) =>
          void navigate({
            to: '/runs/$id',
            params: { id },
            search: { job: pickedJob, step: pickedStep },
            replace: true,
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
