/** A block of an agent's or person's words. */
export type ProseBlock =
  | { kind: 'text'; text: string }
  | { kind: 'list'; ordered: boolean; items: string[] }
  | { kind: 'code'; text: string }

/** Words as paragraphs, lists and fenced code; everything else stays as it was written. */
export function proseBlocks(text: string): ProseBlock[] {
  const blocks: ProseBlock[] = []
  let code: string[] | null = null
  for (const line of text.split('\n')) {
    if (/^\s*```/.test(line)) {
      if (code) blocks.push({ kind: 'code', text: code.join('\n') })
      code = code ? null : []
    } else if (code) code.push(line)
    else takeLine(blocks, line)
  }
  if (code) blocks.push({ kind: 'code', text: code.join('\n') })
  return blocks.filter((block) => block.kind !== 'text' || block.text.trim() !== '')
}

function takeLine(blocks: ProseBlock[], line: string): void {
  const last = blocks.at(-1)
  const item = /^\s*(?:([-*•])|(\d+)[.)])\s+(.*)$/.exec(line)
  if (item) {
    const ordered = item[2] !== undefined
    if (last?.kind === 'list' && last.ordered === ordered) last.items.push(item[3] ?? '')
    else blocks.push({ kind: 'list', ordered, items: [item[3] ?? ''] })
  } else if (line.trim() === '') blocks.push({ kind: 'text', text: '' })
  else if (last?.kind === 'text' && last.text !== '') last.text += `\n${line}`
  else blocks.push({ kind: 'text', text: line })
}

/** Stretches of a line: plain, `code`, **bold**. */
export function inlineParts(text: string): { kind: 'text' | 'code' | 'bold'; text: string }[] {
  return text
    .split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/)
    .filter(Boolean)
    .map((part) => {
      if (part.length > 2 && part.startsWith('`') && part.endsWith('`'))
        return { kind: 'code', text: part.slice(1, -1) }
      if (part.length > 4 && part.startsWith('**') && part.endsWith('**'))
        return { kind: 'bold', text: part.slice(2, -2) }
      return { kind: 'text', text: part }
    })
}
