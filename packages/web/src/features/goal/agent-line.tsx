import type { AgentSettings } from '@signalbox/core/contract/settings.ts'
import { Link } from '@tanstack/react-router'
import { Lamp } from '../../components/lamp.tsx'

/** Which agent will work on it; says plainly when it only plays a script, or when none is set up. */
export function AgentLine({ slug, agent }: { slug: string; agent: AgentSettings }) {
  const settings = (
    <Link to="/projects/$slug/settings" params={{ slug }} search={{ tab: 'agent' }} className="link">
      Change the agent
    </Link>
  )
  if (agent.driver === 'scripted') {
    return (
      <p className="muted">
        <b>Scripted agent</b>: no model is asked. It plays <code>{agent.script}</code> and answers only goals
        that stand there. {settings}
      </p>
    )
  }
  if (!agent.command.trim()) {
    return (
      <p className="row lamp-text-waiting">
        <Lamp lamp="waiting" />
        <span>No agent command is set for this project yet. {settings}</span>
      </p>
    )
  }
  return (
    <p className="muted">
      Agent: <code>{agent.command}</code> in the sandbox. {settings}
    </p>
  )
}
