import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { queries } from '../../lib/queries.ts'

type VerbName = ChangeDetail['verbs'][number]['verb']

/** Whether the server lets a person do this now. */
export function may(change: ChangeDetail, verb: VerbName): boolean {
  return change.verbs.some((each) => each.verb === verb && each.allowed)
}

/** A verb of a change: its answer replaces what the page shows, without waiting for the event. */
export function useVerb<T>(act: (input: T) => Promise<ChangeDetail>, onDone?: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: (change) => {
      cache.setQueryData(queries.change(change.id).queryKey, change)
      void cache.invalidateQueries({ queryKey: ['changes'] })
      onDone?.()
    },
  })
}
