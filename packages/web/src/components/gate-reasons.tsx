import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import type { Lamp as LampState } from '@signalbox/core/domain/strip.ts'
import { Lamp } from './lamp.tsx'

const lamps: Record<'green' | 'red' | 'waiting', { lamp: LampState; word: string }> = {
  green: { lamp: 'clear', word: 'green' },
  red: { lamp: 'stopped', word: 'red' },
  waiting: { lamp: 'waiting', word: 'waiting' },
}

/** Every reason of the gate, green ones too, so that a person can follow the decision. */
export function GateReasons({ gate }: { gate: NonNullable<ChangeDetail['gate']> }) {
  return (
    <ul data-testid="gate-reasons">
      {gate.reasons.map((reason) => (
        <li className="gate" key={reason.name} data-state={reason.state}>
          <Lamp lamp={lamps[reason.state].lamp} label={lamps[reason.state].word} />
          <b style={{ fontWeight: 560 }}>{reason.name}</b>
          <span className="muted">{reason.text}</span>
        </li>
      ))}
    </ul>
  )
}
