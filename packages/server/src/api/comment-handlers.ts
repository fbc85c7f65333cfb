import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import { type PullRequestRow, pullRequestByChange } from '../db/pull-requests.ts'
import {
  commentsByChange,
  deleteComment,
  findComment,
  insertComment,
  maxComments,
  type ReviewCommentRow,
  resolveComment,
  rewordComment,
} from '../db/review-comments.ts'
import { storable } from '../db/storable.ts'
import { mustFindChange } from './change-handlers.ts'
import type { Handlers } from './handlers.ts'
import { readChange } from './read-change.ts'
import type { ServerDeps } from './server-deps.ts'

type CommentHandlers = Pick<
  Handlers,
  'listComments' | 'createComment' | 'updateComment' | 'deleteComment' | 'sendComments' | 'getFileLines'
>

const maxFileBytes = 2 * 1024 * 1024
const maxLines = 500
const maxQuoteChars = 8000

/** Review comments of a change, and the lines around a hunk. */
export function commentHandlers(deps: ServerDeps): CommentHandlers {
  return {
    async listComments({ params }, { principal }) {
      const change = await mustFindChange(deps, params.change)
      const pr = await pullRequestByChange(deps.db, change.id)
      const rows = await commentsByChange(deps.db, change.id)
      return { items: rows.map((row) => commentView(row, pr, principal?.userId)) }
    },
    async createComment({ params, body }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      const pr = await mustHavePullRequest(deps, change.id)
      if (pr.head_commit !== body.commit) {
        throw new Failure('stale-fence', 'The pull request has a newer head than the one you comment on.', {
          hint: 'Look at the new diff, then comment on that.',
        })
      }
      const commit = body.side === 'new' ? pr.head_commit : pr.base_commit
      const quote = body.quote ?? (await linesAt(deps, change.project_id, { ...body, commit }))
      const id = newId()
      const added = await insertComment(
        deps.db,
        {
          id,
          change_id: change.id,
          commit_id: body.commit,
          path: body.path,
          side: body.side,
          start_line: body.startLine,
          end_line: body.endLine,
          quote: storable(quote),
          body: storable(body.body),
          author_id: actor.userId,
        },
        change.project_id,
      )
      if (!added) throw new Failure('refused', `A change has at most ${maxComments} comments.`)
      return commentView(await mustFindComment(deps, { id, changeId: change.id }), pr, actor.userId)
    },
    async updateComment({ params, body }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      const where = { id: params.comment, changeId: change.id }
      const told = { ...where, projectId: change.project_id, now: deps.clock.now() }
      const comment = await mustFindComment(deps, where)
      if (body.body !== undefined) {
        mustBeOwn(comment, actor.userId)
        const done = await rewordComment(deps.db, { ...told, body: storable(body.body) })
        if (!done) throw new Failure('refused', 'The agent has been told already: write a new comment.')
      }
      if (body.resolved !== undefined) await resolveComment(deps.db, { ...told, resolved: body.resolved })
      const pr = await pullRequestByChange(deps.db, change.id)
      return commentView(await mustFindComment(deps, where), pr, actor.userId)
    },
    async deleteComment({ params }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      const where = { id: params.comment, changeId: change.id }
      mustBeOwn(await mustFindComment(deps, where), actor.userId)
      const done = await deleteComment(deps.db, { ...where, projectId: change.project_id })
      if (!done) throw new Failure('refused', 'The agent has been told already: resolve it instead.')
      return {}
    },
    async sendComments({ params, body }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      await deps.flows.sendComments({ changeId: change.id, note: body.note || undefined }, actor)
      return readChange(deps, await mustFindChange(deps, change.id))
    },
    async getFileLines({ params, query }) {
      const change = await mustFindChange(deps, params.change)
      const pr = await mustHavePullRequest(deps, change.id)
      const file = await deps.forge.readFile(change.project_id, pr.head_commit, query.path, maxFileBytes)
      if (!file) throw new Failure('not-found', 'The head of the pull request has no such file.')
      const lines = file.text.replace(/\n$/, '').split('\n')
      const to = Math.min(query.to, query.from + maxLines - 1)
      return {
        commit: pr.head_commit,
        path: query.path,
        from: query.from,
        lines: lines.slice(query.from - 1, to),
        total: file.truncated ? null : lines.length,
      }
    },
  }
}

async function mustHavePullRequest(deps: ServerDeps, changeId: string): Promise<PullRequestRow> {
  const pr = await pullRequestByChange(deps.db, changeId)
  if (pr) return pr
  throw new Failure('not-found', 'This change has no pull request yet.')
}

async function mustFindComment(
  deps: ServerDeps,
  where: { id: string; changeId: string },
): Promise<ReviewCommentRow> {
  const comment = await findComment(deps.db, where)
  if (comment) return comment
  throw new Failure('not-found', 'There is no such comment.')
}

function mustBeOwn(comment: ReviewCommentRow, userId: string): void {
  if (comment.author_id === userId) return
  throw new Failure('forbidden', 'Only who wrote a comment may change or delete it.')
}

/** The lines that a comment is about, cut; empty when the file has none of them. */
async function linesAt(
  deps: ServerDeps,
  projectId: string,
  where: { commit: string; path: string; startLine: number; endLine: number },
): Promise<string> {
  const file = await deps.forge.readFile(projectId, where.commit, where.path, maxFileBytes)
  if (!file) throw new Failure('not-found', `There is no file ${where.path} in that commit.`)
  return file.text
    .split('\n')
    .slice(where.startLine - 1, where.endLine)
    .join('\n')
    .slice(0, maxQuoteChars)
}

function commentView(
  row: ReviewCommentRow,
  pr: PullRequestRow | undefined,
  reader: string | undefined,
): ReviewComment {
  return {
    id: row.id,
    changeId: row.change_id,
    commit: row.commit_id,
    path: row.path,
    side: row.side,
    startLine: row.start_line,
    endLine: row.end_line,
    quote: row.quote,
    body: row.body,
    author: row.author_id ? { id: row.author_id, name: row.author_name ?? '' } : null,
    mine: row.author_id !== null && row.author_id === reader,
    state: row.state,
    outdated: pr !== undefined && pr.head_commit !== row.commit_id,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    sentAt: row.sent_at?.toISOString() ?? null,
  }
}
