import { SystemView } from '../features/system/system-view.tsx'
import { useTitle } from '../lib/use-title.ts'

/** `/system`: what runs here and what is enforced. */
export function SystemPage() {
  useTitle('System')
  return (
    <div className="page">
      <div className="page-head">
        <h1>System</h1>
      </div>
      <SystemView />
    </div>
  )
}
