/** Things that wait, bounded in number and in bytes. */
export interface BoundedList<T> {
  /** False, and the thing is dropped, when there is no room for it. */
  add(item: T, sizeBytes: number): boolean
  /** Takes them all out, oldest first. */
  takeAll(): T[]
}

/** At most `maxItems` things of `maxBytes` together: many small ones cost more than their bytes. */
export function createBoundedList<T>(bounds: { maxItems: number; maxBytes: number }): BoundedList<T> {
  let items: T[] = []
  let bytes = 0
  return {
    add(item, sizeBytes) {
      if (items.length >= bounds.maxItems || bytes + sizeBytes > bounds.maxBytes) return false
      items.push(item)
      bytes += sizeBytes
      return true
    },
    takeAll() {
      const all = items
      items = []
      bytes = 0
      return all
    },
  }
}
