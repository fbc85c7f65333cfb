import { ansiSpans } from '../lib/ansi.ts'

/** Output of a program, in its colours; scrolls by keyboard too. */
export function AnsiText({ text, label }: { text: string; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="code code-wrap mono" tabIndex={0} aria-label={label}>
      {text.split('\n').map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its number
        <div key={index} style={{ minHeight: 18 }}>
          {ansiSpans(line).map((span, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: spans of one line, in order
            <span key={at} className={span.className || undefined} style={span.style}>
              {span.text}
            </span>
          ))}
        </div>
      ))}
    </section>
  )
}
