import { type LogQuery, matchesIn } from './log-match.ts'

const name = 'log-find'

/**
 * Colours what is sought in the lines that are in view, without touching their elements. Browsers without the
 * CSS Custom Highlight API get the lines marked as a whole.
 */
export class LogHighlights {
  #query: LogQuery | null = null

  setQuery(query: LogQuery | null): void {
    this.#query = query
  }

  clear(): void {
    if (typeof Highlight !== 'undefined') CSS.highlights.delete(name)
  }

  draw(rows: Iterable<HTMLElement>): void {
    const query = this.#query
    const ranges: Range[] = []
    for (const row of rows) {
      const text = row.querySelector('.log-text') ?? row.querySelector('.log-step-name')
      const found = query && text ? matchesIn(query, text.textContent ?? '') : []
      row.classList.toggle('is-hit', found.length > 0)
      if (text && found.length > 0) ranges.push(...rangesOf(text, found))
    }
    if (typeof Highlight === 'undefined') return
    if (ranges.length === 0) CSS.highlights.delete(name)
    else CSS.highlights.set(name, new Highlight(...ranges))
  }
}

function rangesOf(text: Element, found: [number, number][]): Range[] {
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT)
  const nodes: { node: Node; start: number }[] = []
  let length = 0
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node, start: length })
    length += node.textContent?.length ?? 0
  }
  const place = (at: number) => nodes.findLast((each) => each.start <= at)
  return found.flatMap(([from, to]) => {
    const [first, last] = [place(from), place(to - 1)]
    if (!first || !last) return []
    const range = new Range()
    range.setStart(first.node, from - first.start)
    range.setEnd(last.node, to - last.start)
    return [range]
  })
}
