import { SegmentedControl } from '@mantine/core'
import type { SnapshotView } from '@signalbox/core/contract/views/snapshots.ts'
import { useQuery } from '@tanstack/react-query'
import { FilterInput } from '../../components/filter-input.tsx'
import { SnapshotList } from '../../components/snapshot-list.tsx'
import { Empty, ListBones, Loaded } from '../../components/states.tsx'
import { bytes, plural } from '../../lib/format.ts'
import { matches } from '../../lib/match.ts'
import { queries } from '../../lib/queries.ts'
import { type SnapshotOrder, sortSnapshots } from './sort-snapshots.ts'

const orders: { value: SnapshotOrder; label: string }[] = [
  { value: 'used', label: 'Last used' },
  { value: 'size', label: 'Largest' },
  { value: 'age', label: 'Oldest' },
]

interface SnapshotsViewProps {
  filter: string
  order: SnapshotOrder
  onChange: (next: { filter: string; order: SnapshotOrder }) => void
}

/** What all projects keep of their installs and failed jobs, and how much room that takes. */
export function SnapshotsView(props: SnapshotsViewProps) {
  const kept = useQuery(queries.allSnapshots())
  return (
    <Loaded query={kept} bones={<ListBones rows={5} />}>
      {({ items, count, totalBytes }) =>
        count === 0 ? (
          <Empty title="Nothing is kept yet">
            The next run that installs keeps what it made, and a job that fails the state for a shell in it.
          </Empty>
        ) : (
          <Kept items={items} count={count} totalBytes={totalBytes} {...props} />
        )
      }
    </Loaded>
  )
}

interface KeptProps extends SnapshotsViewProps {
  items: SnapshotView[]
  count: number
  totalBytes: number
}

function Kept({ items, count, totalBytes, filter, order, onChange }: KeptProps) {
  const found = sortSnapshots(items, order).filter((item) =>
    matches(filter, item.projectSlug, item.command, item.key, item.kind, item.inUse ? 'in use' : ''),
  )
  return (
    <div className="stack">
      <p className="muted">
        An install is kept until its lockfile changes or room is needed; the state of a failed job for a shell
        in it. {plural(count, 'snapshot')}, {bytes(totalBytes)} in all.
        {items.length < count ? ` The ${items.length} that were used last are listed.` : ''}
      </p>
      <div className="row row-wrap">
        <FilterInput
          label="Filter snapshots"
          value={filter}
          onChange={(text) => onChange({ filter: text, order })}
        />
        <span className="grow" />
        <SegmentedControl
          aria-label="Order"
          value={order}
          data={orders}
          onChange={(value) =>
            onChange({ filter, order: orders.find((each) => each.value === value)?.value ?? 'used' })
          }
        />
      </div>
      {found.length === 0 ? (
        <Empty title="Nothing matches the filter" />
      ) : (
        <SnapshotList items={found} showProject />
      )}
    </div>
  )
}
