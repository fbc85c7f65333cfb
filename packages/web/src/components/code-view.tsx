import { yamlParts } from '../lib/yaml-parts.ts'

interface CodeViewProps {
  text: string
  label: string
  /** Lines with something wrong, counted from 1. */
  badLines?: Set<number>
  /** Lines that may be wrong. */
  doubtfulLines?: Set<number>
}

/** A YAML file with line numbers; keys and comments are set off. */
export function YamlView({ text, label, badLines, doubtfulLines }: CodeViewProps) {
  const markOf = (line: number) =>
    badLines?.has(line) ? ' is-bad' : doubtfulLines?.has(line) ? ' is-doubtful' : ''
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="code" tabIndex={0} aria-label={label}>
      {text.split('\n').map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its number
        <div className={`code-line mono${markOf(index + 1)}`} key={index}>
          <span className="code-number">{index + 1}</span>
          <span>
            {yamlParts(line).map((part, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts of one line, in order
              <span key={at} className={part.kind === 'text' ? undefined : `yaml-${part.kind}`}>
                {part.text}
              </span>
            ))}
          </span>
        </div>
      ))}
    </section>
  )
}
