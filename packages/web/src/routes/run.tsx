import { getRouteApi, useLocation, useNavigate } from '@tanstack/react-router'
import { RunView } from '../features/run/run-view.tsx'

const route = getRouteApi('/runs/$id')

/** `/runs/$id`: one run; `#L12` names a line of its log. */
export function RunPage() {
  const { id } = route.useParams()
  const { job, step } = route.useSearch()
  const navigate = useNavigate()
  const hash = useLocation({ select: (location) => location.hash })
  const line = /^L(\d+)$/.exec(hash)
  return (
    <div className="page page-wide">
      <RunView
        key={id}
        id={id}
        job={job}
        step={step}
        line={line ? Number(line[1]) : null}
        onPick={(pickedJob, pickedStep) =>
          void navigate({
            to: '/runs/$id',
            params: { id },
            search: { job: pickedJob, step: pickedStep },
            replace: true,
            resetScroll: false,
          })
        }
        onLine={(n) =>
          void navigate({
            to: '/runs/$id',
            params: { id },
            search: { job },
            hash: `L${n}`,
            replace: true,
            resetScroll: false,
            hashScrollIntoView: false,
          })
        }
      />
    </div>
  )
}
