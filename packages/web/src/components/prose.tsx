import { inlineParts, proseBlocks } from '../lib/prose.ts'

function Inline({ text }: { text: string }) {
  return inlineParts(text).map((part, index) => {
    const key = `${index}${part.kind}`
    if (part.kind === 'code') return <code key={key}>{part.text}</code>
    return part.kind === 'bold' ? <b key={key}>{part.text}</b> : <span key={key}>{part.text}</span>
  })
}

/** Words of a person or an agent, with lists and code; no markup of theirs is ever run. */
export function Prose({ text }: { text: string }) {
  return (
    <div className="prose">
      {proseBlocks(text).map((block, index) => {
        const key = `${index}${block.kind}`
        if (block.kind === 'code') {
          return (
            <pre key={key} className="code code-wrap">
              <code>{block.text}</code>
            </pre>
          )
        }
        if (block.kind === 'text') {
          return (
            <p key={key}>
              <Inline text={block.text} />
            </p>
          )
        }
        const List = block.ordered ? 'ol' : 'ul'
        return (
          <List key={key} style={{ listStyle: block.ordered ? 'decimal' : 'disc', paddingLeft: 20 }}>
            {block.items.map((item, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: items have only their place
              <li key={at}>
                <Inline text={item} />
              </li>
            ))}
          </List>
        )
      })}
    </div>
  )
}
