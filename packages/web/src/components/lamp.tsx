import type { Lamp as LampState } from '@signalbox/core/domain/strip.ts'
import { lampWords } from '../lib/signals.ts'

const fills: Record<LampState, string> = {
  off: 'none',
  skipped: 'none',
  moving: 'var(--moving)',
  clear: 'var(--clear)',
  waiting: 'var(--waiting-fill)',
  stopped: 'var(--stopped)',
}

/** A mark inside the lamp, so that no state is told by colour alone. */
const marks: Record<LampState, string> = {
  off: '',
  skipped: 'M5.5 8h5',
  moving: 'M6.7 5.2 9.5 8l-2.8 2.8',
  clear: 'm5.2 8.2 2 2 3.6-4',
  waiting: 'M6.4 5.4v5.2M9.6 5.4v5.2',
  stopped: 'm5.7 5.7 4.6 4.6m0-4.6-4.6 4.6',
}

interface LampProps {
  lamp: LampState
  /** Diameter in CSS pixels. */
  size?: number
  /** Read aloud; left out where the word stands beside it. */
  label?: string
}

/** A round signal lamp: colour, shape and, for a screen reader, a word. */
export function Lamp({ lamp, size = 14, label }: LampProps) {
  const hollow = lamp === 'off' || lamp === 'skipped'
  const named = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label }
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: hidden from readers where the word stands beside it, labelled elsewhere
    <svg className="lamp" width={size} height={size} viewBox="0 0 16 16" {...named}>
      {label ? <title>{label}</title> : null}
      {lamp === 'moving' ? (
        <circle cx="8" cy="8" r="7.4" fill="none" stroke="var(--moving)" strokeOpacity="0.45" />
      ) : null}
      <circle
        cx="8"
        cy="8"
        r={hollow ? 5.6 : 6}
        fill={fills[lamp]}
        stroke={hollow ? 'var(--off)' : 'none'}
        strokeWidth="1.5"
      />
      <path
        d={marks[lamp]}
        fill="none"
        stroke={lamp === 'skipped' ? 'var(--off)' : lamp === 'waiting' ? '#2b1a00' : 'var(--lamp-glyph)'}
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}

/** Words of a lamp, as a label: "validate: moving". */
export function lampLabel(stage: string, lamp: LampState): string {
  return `${stage}: ${lampWords[lamp]}`
}
