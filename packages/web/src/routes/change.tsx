import { getRouteApi } from '@tanstack/react-router'
import { ChangeView } from '../features/change/change-view.tsx'

const route = getRouteApi('/changes/$id')

/** `/changes/$id`: one change. */
export function ChangePage() {
  const { id } = route.useParams()
  return (
    <div className="page">
      <ChangeView key={id} id={id} />
    </div>
  )
}
