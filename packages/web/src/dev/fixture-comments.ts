import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import { changeDetail } from './fixture-changes.ts'
import { before, fixtureCommit, fixtureId } from './ids.ts'

function comment(number: number, more: Partial<ReviewComment>): ReviewComment {
  return {
    id: fixtureId('o', number),
    changeId: fixtureId('change', 9),
    commit: fixtureCommit(41),
    path: 'src/greeting.js',
    side: 'new',
    startLine: 4,
    endLine: 4,
    quote: '  return `Hello, ${escape(name)}`',
    body: 'What about an apostrophe? `escape` only takes `<`.',
    author: { id: fixtureId('user', 1), name: 'Owner' },
    mine: true,
    state: 'open',
    outdated: false,
    createdAt: before(90),
    updatedAt: before(90),
    sentAt: null,
    ...more,
  }
}

/** What was said of the pull request; grows and shrinks with what is done on the page. */
export const comments: ReviewComment[] = [
  comment(1, {}),
  comment(2, {
    state: 'sent',
    sentAt: before(60),
    startLine: 7,
    endLine: 9,
    quote: '',
    body: 'Move this to its own file.\n\n- it is used twice\n- it has no test',
    author: { id: fixtureId('user', 2), name: 'Ada' },
    mine: false,
  }),
  comment(3, {
    outdated: true,
    commit: fixtureCommit(39),
    state: 'resolved',
    startLine: 1,
    endLine: 2,
    quote: 'export function greeting() {\n  return "Hi"',
    body: 'Keep the old greeting.',
  }),
]

function parsed(body: unknown): Partial<ReviewComment> & { resolved?: boolean } {
  return JSON.parse(String(body))
}

export function addComment(body: unknown): ReviewComment {
  const made = comment(comments.length + 10, { ...parsed(body), createdAt: before(0) })
  comments.push(made)
  return made
}

export function changeComment(url: URL, body: unknown): ReviewComment | undefined {
  const found = comments.find((each) => url.pathname.endsWith(each.id))
  const { body: text, resolved } = parsed(body)
  if (found && text !== undefined) found.body = text
  if (found && resolved !== undefined) found.state = resolved ? 'resolved' : found.sentAt ? 'sent' : 'open'
  return found
}

export function removeComment(id: string): object {
  comments.splice(
    comments.findIndex((each) => each.id === id),
    1,
  )
  return {}
}

export function sendComments(change: string) {
  for (const each of comments.filter((one) => one.state === 'open')) {
    each.state = 'sent'
    each.sentAt = before(0)
  }
  return changeDetail(change)
}
