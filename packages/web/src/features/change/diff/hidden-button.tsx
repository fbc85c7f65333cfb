import { Button } from '@mantine/core'
import { type DiffRow, hiddenBefore } from '../../../lib/diff.ts'

/** So many hidden lines are shown at once. */
export const moreLines = 60

/** The button of a gap, in words: how many lines of it a press shows. */
export function HiddenButton({
  rows,
  index,
  onShow,
}: {
  rows: readonly DiffRow[]
  index: number
  onShow: () => void
}) {
  const hidden = hiddenBefore(rows, index)
  if (!hidden) return null
  const count = Math.min(moreLines, hidden.to - hidden.from + 1)
  return (
    <Button size="compact-xs" onClick={onShow}>
      Show {count} more {count === 1 ? 'line' : 'lines'}
    </Button>
  )
}
