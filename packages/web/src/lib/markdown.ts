import MarkdownIt, { type Token } from 'markdown-it'

/** A stretch of a line. There is none for HTML, images or scripts: what is not here cannot be shown. */
export type Inline =
  | { kind: 'text' | 'code'; text: string }
  | { kind: 'strong' | 'em' | 'del'; parts: Inline[] }
  /** `href` is http, https or mailto. */
  | { kind: 'link'; href: string; parts: Inline[] }
  | { kind: 'break' }

/** An item of a list; `done` is null where it is no task. */
export interface ListItem {
  done: boolean | null
  blocks: Block[]
}

export interface Table {
  kind: 'table'
  align: ('left' | 'center' | 'right' | null)[]
  header: Inline[][]
  rows: Inline[][][]
}

/** A block of Markdown. */
export type Block =
  | { kind: 'heading'; level: number; parts: Inline[] }
  | { kind: 'text'; parts: Inline[] }
  | { kind: 'list'; ordered: boolean; start: number; items: ListItem[] }
  | { kind: 'code'; text: string }
  | { kind: 'quote'; blocks: Block[] }
  | Table
  | { kind: 'rule' }

const maxChars = 100_000

/** HTML is read so that it is known as such, and shown as the text that it is. */
const reader = new MarkdownIt({ html: true, linkify: true }).set({ maxNesting: 20 })

/**
 * Markdown of people, agents and steps as blocks that are safe to show: HTML stays the text that it is, addresses
 * are http, https or mailto, images are links. What is nested deeper than a reader follows is left out, and what is
 * longer than 100,000 characters stays plain.
 */
export function parseMarkdown(text: string): Block[] {
  const rest = text.slice(maxChars)
  const blocks = blocksOf(treeOf(reader.parse(text.slice(0, maxChars), {})))
  return rest === '' ? blocks : [...blocks, plain(rest)]
}

/** A token with what stands between it and the one that closes it. */
interface Node {
  token: Token
  below: Node[]
}

function treeOf(tokens: Token[]): Node[] {
  const root: Node[] = []
  const open = [root]
  for (const token of tokens) {
    if (token.nesting < 0) {
      open.pop()
      continue
    }
    const node = { token, below: [] }
    open.at(-1)?.push(node)
    if (token.nesting > 0) open.push(node.below)
  }
  return root
}

function plain(text: string): Block {
  return { kind: 'text', parts: [{ kind: 'text', text }] }
}

function blocksOf(nodes: Node[]): Block[] {
  return nodes.flatMap((node) => blockOf(node) ?? [])
}

function blockOf({ token, below }: Node): Block | undefined {
  switch (token.type) {
    case 'hr':
      return { kind: 'rule' }
    case 'heading_open':
      return { kind: 'heading', level: Number(token.tag.slice(1)), parts: lineOf(below) }
    case 'fence':
    case 'code_block':
      return { kind: 'code', text: token.content.replace(/\n$/, '') }
    case 'blockquote_open':
      return { kind: 'quote', blocks: blocksOf(below) }
    case 'bullet_list_open':
    case 'ordered_list_open':
      return {
        kind: 'list',
        ordered: token.type === 'ordered_list_open',
        start: Number(token.attrGet('start') ?? 1),
        items: below.map(itemOf),
      }
    case 'table_open':
      return tableOf(below)
    case 'html_block':
      // A comment is not meant to be read.
      return /^\s*<!--[\s\S]*-->\s*$/.test(token.content) ? undefined : plain(token.content.trimEnd())
    default:
      return { kind: 'text', parts: lineOf(below) }
  }
}

/** `[x] text` is a task. */
function itemOf({ below }: Node): ListItem {
  const blocks = blocksOf(below)
  const [first, ...others] = blocks
  const [start, ...parts] = first?.kind === 'text' ? first.parts : []
  const box = start?.kind === 'text' ? /^\[([ xX])\]\s+(.*)$/s.exec(start.text) : null
  if (!box) return { done: null, blocks }
  const rest: Inline = { kind: 'text', text: box[2] ?? '' }
  return { done: box[1] !== ' ', blocks: [{ kind: 'text', parts: [rest, ...parts] }, ...others] }
}

function tableOf(parts: Node[]): Table {
  const [head = [], ...rows] = parts.flatMap((part) => part.below.map((row) => row.below))
  return {
    kind: 'table',
    align: head.map(({ token }) => {
      const style = String(token.attrGet('style') ?? '')
      return (['left', 'center', 'right'] as const).find((side) => style.endsWith(side)) ?? null
    }),
    header: head.map(({ below }) => lineOf(below)),
    rows: rows.map((row) => row.map(({ below }) => lineOf(below))),
  }
}

/** The words below a block: its inline tokens. */
function lineOf(below: Node[]): Inline[] {
  return below.flatMap(({ token }) => inlinesOf(treeOf(token.children ?? [])))
}

function inlinesOf(nodes: Node[]): Inline[] {
  return nodes.flatMap(inlineOf)
}

const spans: Record<string, 'strong' | 'em' | 'del'> = { strong_open: 'strong', em_open: 'em', s_open: 'del' }

function inlineOf({ token, below }: Node): Inline[] {
  const span = spans[token.type]
  if (span) return [{ kind: span, parts: inlinesOf(below) }]
  switch (token.type) {
    case 'code_inline':
      return [{ kind: 'code', text: token.content }]
    case 'hardbreak':
      return [{ kind: 'break' }]
    case 'softbreak':
      return [{ kind: 'text', text: '\n' }]
    case 'link_open':
      return linkOf(token.attrGet('href'), inlinesOf(below))
    case 'image':
      return linkOf(token.attrGet('src'), [{ kind: 'text', text: token.content || 'image' }])
    case 'html_inline':
      return token.content.startsWith('<!--') ? [] : [{ kind: 'text', text: token.content }]
    default:
      return token.content === '' ? [] : [{ kind: 'text', text: token.content }]
  }
}

function linkOf(address: string | number | null, parts: Inline[]): Inline[] {
  const href = safeAddress(String(address ?? ''))
  return href === undefined ? parts : [{ kind: 'link', href, parts }]
}

/** The address when a click on it may leave this page for it; undefined for scripts, files, and what has no host. */
export function safeAddress(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined
  return url && /^(https?|mailto):$/.test(url.protocol) ? url.href : undefined
}
