import { useMutation, useQueryClient } from '@tanstack/react-query'
import { call } from './api.ts'

/** Sends the traffic back to a kept release. */
export function useRollback(onDone: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (deployment: string) => call('rollbackTo', { params: { deployment } }),
    onSuccess: async () => {
      for (const key of ['deployments', 'projects', 'change'])
        await cache.invalidateQueries({ queryKey: [key] })
      onDone()
    },
  })
}
