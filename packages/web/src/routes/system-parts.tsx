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

/** `/system/snapshots`: what every project keeps. */
export function SnapshotsPage() {
  useTitle('Snapshots')
  return (
    <SystemPart>
      <SnapshotsView />
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
