import { SystemView } from '../features/system/system-view.tsx'

/** `/system`: what runs here and what is enforced. */
export function SystemPage() {
  return (
    <div className="page">
      <div className="page-head">
        <h1>System</h1>
      </div>
      <SystemView />
    </div>
  )
}
