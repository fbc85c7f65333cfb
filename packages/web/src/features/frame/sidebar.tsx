import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ColourSwitch } from '../../components/colour-switch.tsx'
import { Lamp } from '../../components/lamp.tsx'
import { useLine } from '../../lib/live-context.ts'
import { queries } from '../../lib/queries.ts'
import { useProjectInAddress } from '../../lib/where.ts'
import { ProjectSwitch } from './project-switch.tsx'

interface SidebarProps {
  onKeys: () => void
  onPalette: () => void
}

/** Only what exists. At 390 px the links are a bar at the bottom; project and search stand on top. */
export function Sidebar({ onKeys, onPalette }: SidebarProps) {
  const project = useProjectInAddress()
  const inbox = useQuery(queries.inbox())
  const offline = useLine().state === 'offline'
  const system = useQuery({ ...queries.system(), refetchInterval: 15_000 })
  const person = useQuery(queries.session()).data?.user.name
  const health = system.data?.health.status ?? 'ok'
  const waiting = inbox.data?.waiting.length ?? 0
  const unread = inbox.data?.unread ?? 0
  const search = { project }
  return (
    <nav className="side" aria-label="Main">
      <div className="side-top">
        <Link to="/" className="side-brand" aria-label="Signalbox, all projects">
          <Lamp lamp={offline ? 'waiting' : 'clear'} size={18} />
          <span className="side-brand-name">Signalbox</span>
        </Link>
        <div className="side-switch">
          <ProjectSwitch project={project} />
        </div>
        <button type="button" className="select side-search" onClick={onPalette}>
          Go to…
        </button>
      </div>
      <div className="side-links">
        <Link to="/inbox" className="side-link">
          Inbox
          {waiting > 0 ? (
            <span className="side-count" title={`${waiting} waiting for a person`}>
              {waiting}
              <span className="hidden-visually"> waiting for a person</span>
            </span>
          ) : unread > 0 ? (
            <span className="side-unread" title={`${unread} unread`}>
              <span className="hidden-visually">{unread} unread</span>
            </span>
          ) : null}
        </Link>
        <Link to="/" className="side-link" activeOptions={{ exact: true, includeSearch: false }}>
          Projects
        </Link>
        <Link to="/changes" search={search} className="side-link" activeOptions={{ includeSearch: false }}>
          Changes
        </Link>
        <Link to="/runs" search={search} className="side-link" activeOptions={{ includeSearch: false }}>
          Runs
        </Link>
        <Link
          to="/environments"
          search={search}
          className="side-link"
          activeOptions={{ includeSearch: false }}
        >
          <span className="cut">Environments</span>
        </Link>
        <Link to="/system" className="side-link">
          System
          {health === 'ok' ? null : (
            <span className="side-lamp">
              <Lamp
                lamp={health === 'down' ? 'stopped' : 'waiting'}
                label={health === 'down' ? 'a part is down' : 'a part is degraded'}
              />
            </span>
          )}
        </Link>
      </div>
      {project ? (
        <div className="side-foot" style={{ marginTop: 12 }}>
          <Link to="/projects/$slug/settings" params={{ slug: project }} className="side-link">
            <span className="cut">Settings of {project}</span>
          </Link>
        </div>
      ) : null}
      <div className="side-foot">
        <button type="button" className="side-link side-button" onClick={onPalette}>
          Go to… <span className="grow" />
          <kbd>Ctrl K</kbd>
        </button>
        <button type="button" className="side-link side-button" onClick={onKeys}>
          Keys <span className="grow" />
          <kbd>?</kbd>
        </button>
        <Link to="/account" className="side-link" title="Your account">
          <span className="cut">{person || 'Your account'}</span>
        </Link>
        <ColourSwitch className="side-link side-button" />
      </div>
    </nav>
  )
}
