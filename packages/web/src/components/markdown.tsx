import { type ReactNode, useMemo, useState } from 'react'
import { type Block, type Inline, type ListItem, parseMarkdown, type Table } from '../lib/markdown.ts'
import css from './markdown.module.css'

const rowsAtFirst = 200
const rowsMore = 2000

/** Markdown as elements of ours; see `parseMarkdown` for what is left out. */
export default function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => parseMarkdown(text), [text])
  return <div className={`prose ${css.markdown}`}>{blocksOf(blocks)}</div>
}

/** Blocks and inlines of a text have only their place. */
function each<T>(items: T[], show: (item: T, key: string) => ReactNode): ReactNode[] {
  return items.map((item, index) => show(item, String(index)))
}

function blocksOf(blocks: Block[]): ReactNode[] {
  return each(blocks, (block, key) => <BlockView key={key} block={block} />)
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading':
      return <Heading level={block.level}>{inlinesOf(block.parts)}</Heading>
    case 'text':
      return <p>{inlinesOf(block.parts)}</p>
    case 'code':
      return (
        <pre className="code code-wrap">
          <code>{block.text}</code>
        </pre>
      )
    case 'quote':
      return <blockquote className={css.quote}>{blocksOf(block.blocks)}</blockquote>
    case 'rule':
      return <hr className={css.rule} />
    case 'table':
      return <TableView table={block} />
    case 'list':
      return block.ordered ? (
        <ol className={css.ordered} start={block.start}>
          {each(block.items, (item, key) => (
            <Item key={key} item={item} />
          ))}
        </ol>
      ) : (
        <ul className={css.list}>
          {each(block.items, (item, key) => (
            <Item key={key} item={item} />
          ))}
        </ul>
      )
  }
}

/** The page has headings of its own above: those of a text begin below them. */
function Heading({ level, children }: { level: number; children: ReactNode }) {
  if (level === 1) return <h3 className={css.h1}>{children}</h3>
  if (level === 2) return <h4 className={css.h2}>{children}</h4>
  if (level === 3) return <h5 className={css.h3}>{children}</h5>
  return <h6 className={css.h3}>{children}</h6>
}

function Item({ item }: { item: ListItem }) {
  if (item.done === null) return <li>{blocksOf(item.blocks)}</li>
  return (
    <li className={css.task}>
      <span role="img" aria-label={item.done ? 'done' : 'to do'}>
        {item.done ? '☑' : '☐'}
      </span>
      <div>{blocksOf(item.blocks)}</div>
    </li>
  )
}

function TableView({ table }: { table: Table }) {
  const [shown, setShown] = useState(rowsAtFirst)
  const left = table.rows.length - shown
  const cell = (parts: Inline[], at: number) => ({
    style: { textAlign: table.align[at] ?? undefined },
    children: inlinesOf(parts),
  })
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className={css.scroll} tabIndex={0} aria-label="Table">
        <table className={css.table}>
          <thead>
            <tr>
              {each(table.header, (parts, key) => (
                <th key={key} scope="col" {...cell(parts, Number(key))} />
              ))}
            </tr>
          </thead>
          <tbody>
            {each(table.rows.slice(0, shown), (row, key) => (
              <tr key={key}>
                {each(row, (parts, at) => (
                  <td key={at} {...cell(parts, Number(at))} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {left > 0 ? (
        <button type="button" className="link" onClick={() => setShown(shown + rowsMore)}>
          Show {Math.min(left, rowsMore)} of {left} more rows
        </button>
      ) : null}
    </div>
  )
}

function inlinesOf(parts: Inline[]): ReactNode[] {
  return each(parts, (part, key) => <InlineView key={key} part={part} />)
}

function InlineView({ part }: { part: Inline }) {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'code':
      return <code>{part.text}</code>
    case 'strong':
      return <b>{inlinesOf(part.parts)}</b>
    case 'em':
      return <em>{inlinesOf(part.parts)}</em>
    case 'del':
      return <del>{inlinesOf(part.parts)}</del>
    case 'break':
      return <br />
    case 'link':
      return (
        <a href={part.href} title={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {inlinesOf(part.parts)}
        </a>
      )
  }
}
