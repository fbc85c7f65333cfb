import { yamlParts } from '../lib/yaml-parts.ts'

interface CodeViewProps {
  text: string
  label: string
  /** Lines with something wrong, counted from 1. */
  badLines?: Set<number>
}

/** A YAML file with line numbers; keys and comments are set off. */
export function YamlView({ text, label, badLines }: CodeViewProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="code" tabIndex={0} aria-label={label}>
      {text.split('\n').map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its number
        <div className={badLines?.has(index + 1) ? 'code-line mono is-bad' : 'code-line mono'} key={index}>
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
