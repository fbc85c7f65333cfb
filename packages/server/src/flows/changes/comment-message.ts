/** What a message needs to know of a comment. */
export interface CommentInMessage {
  id: string
  commit_id: string
  path: string
  side: 'old' | 'new'
  start_line: number
  end_line: number
  quote: string
  body: string
}

/** A message to the agent is at most this long; comments that do not fit stay open for the next one. */
export const maxMessageChars = 60_000
const maxQuotedLines = 30

/**
 * Comments as one message to the agent, each with its file, lines and the code that it is about; which ones
 * fitted. In the order of files and lines.
 */
export function commentMessage(
  comments: readonly CommentInMessage[],
  note?: string,
): { text: string; ids: string[] } {
  const sorted = comments.toSorted(
    (a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.start_line - b.start_line,
  )
  const ids: string[] = []
  const parts = [
    'Review comments on the pull request. Change the code so that each is met, or say why not.',
    ...(note ? [note] : []),
  ]
  let length = parts.join('\n\n').length
  for (const comment of sorted) {
    const part = partOf(comment)
    if (ids.length > 0 && length + part.length + 2 > maxMessageChars) break
    parts.push(part)
    ids.push(comment.id)
    length += part.length + 2
  }
  return { text: parts.join('\n\n'), ids }
}

function partOf(comment: CommentInMessage): string {
  const { start_line: from, end_line: to } = comment
  const lines = from === to ? `line ${from}` : `lines ${from} to ${to}`
  const where = comment.side === 'old' ? `${lines}, before the change` : lines
  const path = comment.path.replaceAll(/[`\p{Cc}]/gu, '�')
  return [`\`${path}\`, ${where}:`, fenced(comment.quote), comment.body].filter(Boolean).join('\n')
}

/** Code between fences that are longer than any in it, so that it cannot end them. */
function fenced(code: string): string {
  if (code === '') return ''
  const lines = code.split('\n')
  const shown = lines.slice(0, maxQuotedLines)
  if (lines.length > shown.length) shown.push(`… ${lines.length - shown.length} more`)
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${shown.join('\n')}\n${fence}`
}
