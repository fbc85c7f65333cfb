import type { SnapshotView } from '@signalbox/core/contract/views/snapshots.ts'

/** What stands first: the last used, the largest, or the one that was made first. */
export const snapshotOrders = ['used', 'size', 'age'] as const
export type SnapshotOrder = (typeof snapshotOrders)[number]

const compare: Record<SnapshotOrder, (a: SnapshotView, b: SnapshotView) => number> = {
  used: (a, b) => b.lastUsedAt.localeCompare(a.lastUsedAt),
  size: (a, b) => b.sizeBytes - a.sizeBytes,
  age: (a, b) => a.createdAt.localeCompare(b.createdAt),
}

export function sortSnapshots(items: readonly SnapshotView[], order: SnapshotOrder): SnapshotView[] {
  return items.toSorted(compare[order])
}
