import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Retention } from '../features/system/retention.tsx'
import { SnapshotsView } from '../features/system/snapshots-view.tsx'
import { SystemPart } from '../features/system/system-part.tsx'
import { WorkersView } from '../features/system/workers-view.tsx'
import { useTitle } from '../lib/use-title.ts'

/** `/system/workers`: the workers and what their sandboxes enforce. */
export function WorkersPage() {
  useTitle('Workers')
  return (
    <SystemPart>
      <WorkersView />
    </SystemPart>
  )
}

const snapshots = getRouteApi('/system/snapshots')

/** `/system/snapshots`: what all projects keep. */
export function SnapshotsPage() {
  useTitle('Snapshots')
  const { q, order } = snapshots.useSearch()
  const navigate = useNavigate()
  return (
    <SystemPart>
      <SnapshotsView
        filter={q ?? ''}
        order={order ?? 'used'}
        onChange={(next) =>
          void navigate({
            to: '/system/snapshots',
            search: {
              q: next.filter || undefined,
              order: next.order === 'used' ? undefined : next.order,
            },
            replace: true,
          })
        }
      />
    </SystemPart>
  )
}

/** `/system/retention`: for how long things are kept. */
export function RetentionPage() {
  useTitle('Retention')
  return (
    <SystemPart>
      <Retention />
    </SystemPart>
  )
}
