import { type ReactNode, useId } from 'react'
import { Chevron } from './chevron.tsx'

interface SectionProps {
  name: string
  title: string
  /** One line that says enough while it is folded. */
  summary?: ReactNode
  open: boolean
  onToggle: () => void
  children: ReactNode
}

/** A part of a page that folds to one line. */
export function Section({ name, title, summary, open, onToggle, children }: SectionProps) {
  const id = useId()
  return (
    <section className="section" data-testid={`section-${name}`} aria-label={title}>
      <button
        type="button"
        className="section-head"
        data-testid={`section-toggle-${name}`}
        aria-expanded={open}
        aria-controls={id}
        onClick={onToggle}
      >
        <Chevron />
        <h2>{title}</h2>
        <span className="grow cut muted">{open ? null : summary}</span>
      </button>
      {open ? (
        <div className="section-body" id={id}>
          {children}
        </div>
      ) : null}
    </section>
  )
}
