import { SystemPart } from '../features/system/system-part.tsx'
import { SystemView } from '../features/system/system-view.tsx'
import { useTitle } from '../lib/use-title.ts'

/** `/system`: how the parts of this installation do. */
export function SystemPage() {
  useTitle('System')
  return (
    <SystemPart>
      <SystemView />
    </SystemPart>
  )
}
