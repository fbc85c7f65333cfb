import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '../../../lib/api.ts'
import type { PickedLines } from '../../../lib/comment-places.ts'
import { queries } from '../../../lib/queries.ts'

/** The comments of a change and what may be done with them; each verb renews the list. */
export interface Comments {
  items: ReviewComment[]
  error: unknown
  refetch(): void
  add(picked: PickedLines, quote: string, body: string): Promise<unknown>
  reword(id: string, body: string): Promise<unknown>
  resolve(id: string, resolved: boolean): Promise<unknown>
  remove(id: string): Promise<unknown>
}

/** Comments on the pull request of a change whose head is `commit`. */
export function useComments(change: string, commit: string): Comments {
  const cache = useQueryClient()
  const query = useQuery(queries.comments(change))
  const act = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSettled: () => cache.invalidateQueries({ queryKey: queries.comments(change).queryKey }),
  })
  const one = (comment: string) => ({ params: { change, comment } })
  return {
    items: query.data ?? [],
    error: query.data === undefined ? query.error : null,
    refetch: () => void query.refetch(),
    add: ({ path, side, from, to }, quote, body) =>
      act.mutateAsync(() =>
        call('createComment', {
          params: { change },
          body: { commit, path, side, startLine: from, endLine: to, quote, body },
        }),
      ),
    reword: (id, body) => act.mutateAsync(() => call('updateComment', { ...one(id), body: { body } })),
    resolve: (id, resolved) =>
      act.mutateAsync(() => call('updateComment', { ...one(id), body: { resolved } })),
    remove: (id) => act.mutateAsync(() => call('deleteComment', one(id))),
  }
}
