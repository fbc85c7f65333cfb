import { z } from 'zod'
import { ChangeDetail } from '../views/changes.ts'
import { DiffSide, FileLines, ReviewComment } from '../views/comments.ts'
import { changeId, none, type Route } from './route.ts'

const commentId = z.object({ change: z.uuid(), comment: z.uuid() })
const body = z.string().trim().min(1).max(4000)
const line = z.int().min(1).max(10_000_000)
const path = z.string().regex(/^[^\0]{1,4096}$/)
const commit = z.string().regex(/^[0-9a-f]{40,64}$/)

export const commentsRoutes = {
  listComments: {
    method: 'GET',
    path: '/api/changes/:change/comments',
    permission: 'change.read',
    tag: 'comments',
    summary: 'Review comments of a change, oldest first, outdated ones included.',
    params: changeId,
    response: z.object({ items: z.array(ReviewComment) }),
  },
  createComment: {
    method: 'POST',
    path: '/api/changes/:change/comments',
    permission: 'change.write',
    tag: 'comments',
    summary: 'Comment on lines of the pull request; the agent hears of it when the comments are sent.',
    params: changeId,
    body: z
      .object({
        /** The head that you look at; refused when there is a newer one. */
        commit,
        path,
        side: DiffSide.default('new'),
        startLine: line,
        endLine: line,
        /** The lines as you see them; read from the commit when left out. */
        quote: z.string().max(8000).optional(),
        body,
      })
      .refine((comment) => comment.endLine >= comment.startLine, 'endLine is not before startLine'),
    response: ReviewComment,
  },
  updateComment: {
    method: 'PATCH',
    path: '/api/changes/:change/comments/:comment',
    permission: 'change.write',
    tag: 'comments',
    summary: 'Reword your own comment until it is sent, or resolve any and take that back.',
    params: commentId,
    body: z.object({ body: body.optional(), resolved: z.boolean().optional() }),
    response: ReviewComment,
  },
  deleteComment: {
    method: 'DELETE',
    path: '/api/changes/:change/comments/:comment',
    permission: 'change.write',
    tag: 'comments',
    summary: 'Delete your own comment until it is sent.',
    params: commentId,
    response: none,
  },
  sendComments: {
    method: 'POST',
    path: '/api/changes/:change/comments/send',
    permission: 'change.write',
    tag: 'comments',
    summary: 'Send all comments that are open to the agent as one message of the conversation.',
    params: changeId,
    body: z.object({ note: z.string().trim().max(4000).optional() }),
    response: ChangeDetail,
  },
  getFileLines: {
    method: 'GET',
    path: '/api/changes/:change/file',
    permission: 'change.read',
    tag: 'comments',
    summary: 'Lines of a file at the head of the pull request, at most 500.',
    params: changeId,
    query: z.object({
      path,
      from: z.coerce.number().int().min(1).default(1),
      to: z.coerce.number().int().min(1),
    }),
    response: FileLines,
  },
} as const satisfies Record<string, Route>
