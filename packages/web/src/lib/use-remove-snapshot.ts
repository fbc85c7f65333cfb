import type { SnapshotView } from '@signalbox/core/contract/views/snapshots.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { call } from './api.ts'

/** Deletes a snapshot; every list of snapshots is read again. */
export function useRemoveSnapshot() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (item: SnapshotView) =>
      call('deleteSnapshot', { params: { project: item.projectSlug, snapshot: item.id } }),
    // Also when it failed: it may have come in use meanwhile.
    onSettled: () => cache.invalidateQueries({ queryKey: ['snapshots'] }),
  })
}
