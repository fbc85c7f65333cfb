import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** A fenced block of a page, its indentation taken away. */
export interface Block {
  /** From the root of the repository. */
  file: string
  /** Of the opening fence, from 1. */
  line: number
  language: string
  /** What stands behind the language: `not-run: two machines`. */
  info: string
  text: string
}

/** A word in backquotes or the target of a link, with its place. */
export interface Mention {
  file: string
  line: number
  text: string
}

export interface Page {
  file: string
  text: string
  blocks: Block[]
  spans: Mention[]
  links: Mention[]
}

/** The pages for people: those of the root and of docs, without decisions, which say what was true when they were taken. */
export function readDocs(): Page[] {
  const files = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.startsWith('adr'))
    .map((file) => join('docs', file))
  return ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...files.sort()].map(readPage)
}

function readPage(file: string): Page {
  const text = readFileSync(join(root, file), 'utf8')
  const page: Page = { file, text, blocks: [], spans: [], links: [] }
  let open: Block | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const fence = /^( *)```(.*)$/.exec(raw)
    const line = index + 1
    if (fence && open) open = undefined
    else if (fence) {
      const [, language = '', info = ''] = /^(\S*)\s*(.*)$/.exec(fence[2] ?? '') ?? []
      open = { file, line, language, info, text: '' }
      page.blocks.push(open)
    } else if (open) open.text += `${raw}\n`
    else {
      for (const [, span = ''] of raw.matchAll(/`([^`]+)`/g)) page.spans.push({ file, line, text: span })
      const plain = raw.replace(/`[^`]+`/g, '``')
      for (const [, target = ''] of plain.matchAll(/\]\(([^)\s]+)\)/g))
        page.links.push({ file, line, text: target })
      for (const [, target = ''] of plain.matchAll(/ src="([^"]+)"/g))
        page.links.push({ file, line, text: target })
    }
  }
  for (const block of page.blocks) block.text = withoutIndent(block.text)
  return page
}

function withoutIndent(text: string): string {
  const lines = text.split('\n')
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const by = Math.min(...indents, 20)
  return lines.map((line) => line.slice(by)).join('\n')
}

/** Where a link leads: file from the root of the repository, and the heading in it; nothing for other sites. */
export function targetOf(link: Mention): { file: string; heading: string } | undefined {
  if (/^[a-z]+:/.test(link.text)) return undefined
  const [path = '', heading = ''] = link.text.split('#')
  const file = path === '' ? link.file : relative(root, join(root, dirname(link.file), path))
  return { file, heading }
}

/** The anchors of a page, as GitHub makes them. */
export function headingsOf(text: string): string[] {
  return [...text.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Whether it is meant for a shell. */
export function isShell(block: Block): boolean {
  return ['', 'sh', 'bash', 'shell', 'console'].includes(block.language)
}

/** Why a block is not run, when it says so: behind `not-run:` in its first line. */
export function reasonNotRun(block: Block): string | undefined {
  return /^not-run: (\S.*)$/.exec(block.info)?.[1]
}
