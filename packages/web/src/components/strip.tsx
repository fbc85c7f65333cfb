import type { Signal, Stage } from '@signalbox/core/domain/strip.ts'
import { currentSignal } from '../lib/signals.ts'
import { Lamp, lampLabel } from './lamp.tsx'

function testId(stage: string): string {
  return `lamp-${stage.replaceAll(' ', '-')}`
}

/** The strip of a change in a list: ten small lamps, each with its word for who points or listens. */
export function Strip({ strip }: { strip: Signal[] }) {
  return (
    <ol className="strip strip-small" aria-label="Stages">
      {strip.map(({ stage, lamp }) => (
        <li key={stage} data-lamp={lamp} title={lampLabel(stage, lamp)}>
          <Lamp lamp={lamp} size={14} label={lampLabel(stage, lamp)} />
        </li>
      ))}
    </ol>
  )
}

interface StripLargeProps {
  strip: Signal[]
  /** Opens what a stage is about; only stages that were reached have something. */
  onStage: (stage: Stage) => void
}

/** The strip of the change page: large, with the name of each stage. */
export function StripLarge({ strip, onStage }: StripLargeProps) {
  const current = currentSignal(strip)
  return (
    <ol className="strip-large" data-testid="strip" aria-label="Stages">
      {strip.map(({ stage, lamp }) => {
        const lit = lamp !== 'off' && lamp !== 'skipped'
        const isCurrent = stage === current.stage
        const names = [
          lit ? 'is-lit' : '',
          lamp === 'off' ? 'is-off' : '',
          isCurrent ? 'is-current' : '',
          lamp === 'clear' || lamp === 'skipped' ? 'is-passed' : '',
        ]
        return (
          <li
            key={stage}
            className={names.join(' ')}
            data-testid={testId(stage)}
            data-lamp={lamp}
            aria-current={isCurrent ? 'step' : undefined}
            title={lampLabel(stage, lamp)}
          >
            <button
              type="button"
              className="stage-button"
              disabled={!lit}
              aria-label={lampLabel(stage, lamp)}
              onClick={() => onStage(stage)}
            >
              <Lamp lamp={lamp} size={24} />
              <span className="stage-name">{stage}</span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}
