import type { PlanEntry } from '../lib/conversation.ts'
import { Lamp } from './lamp.tsx'

const planLamps = { pending: 'off', in_progress: 'moving', completed: 'clear' } as const
const planWords = { pending: 'to do', in_progress: 'doing', completed: 'done' } as const

/** The plan of an agent: what is done, what it is at, and what is to come. */
export function PlanList({ entries }: { entries: PlanEntry[] }) {
  const done = entries.filter((entry) => entry.status === 'completed').length
  return (
    <div className="plan">
      <h3>
        Plan <span className="faint">{`${done} of ${entries.length} done`}</span>
      </h3>
      <ol>
        {entries.map((entry) => (
          <li key={entry.text} className={`is-${entry.status}`}>
            <Lamp lamp={planLamps[entry.status]} label={planWords[entry.status]} />
            <span>{entry.text}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}
