import { NumberInput, Switch, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { SnapshotList } from '../../components/snapshot-list.tsx'
import { Empty, ListBones, Loaded } from '../../components/states.tsx'
import { bytes } from '../../lib/format.ts'
import { queries } from '../../lib/queries.ts'
import { CacheList } from './cache-list.tsx'
import type { TabProps } from './tab-body.tsx'

/** Whether installs are kept, what they read, and what is kept now. */
export function SnapshotsTab({ form, project }: TabProps) {
  const kept = useQuery(queries.snapshots(project.slug))
  return (
    <div className="stack">
      <div className="settings-grid">
        <Switch
          label="Keep what the install makes"
          description="While lockfile, manifests, command and environment stay the same, later runs install nothing."
          {...form.getInputProps('settings.validation.snapshots', { type: 'checkbox' })}
        />
        <Textarea
          label="Other files that the install reads"
          description="Files, folders or globs, one a line: for example prisma, when a postinstall script reads it. Lockfiles and manifests are known."
          autosize
          minRows={2}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          {...form.getInputProps('installInputsText')}
        />
      </div>
      <h2>Kept now</h2>
      <Loaded query={kept} bones={<ListBones rows={3} />}>
        {({ items, totalBytes }) =>
          items.length === 0 ? (
            <Empty title="Nothing is kept yet">The next run that installs keeps what it made.</Empty>
          ) : (
            <>
              <SnapshotList items={items} />
              <p className="muted">
                {items.length} in all, {bytes(totalBytes)}
              </p>
            </>
          )
        }
      </Loaded>
      <h2>Caches of actions</h2>
      <div className="settings-grid">
        <NumberInput
          label="Room for caches"
          description="The least recently used ones go first."
          suffix=" MB"
          min={1}
          {...form.getInputProps('settings.caches.maxMb')}
        />
        <NumberInput
          label="Kept while unused"
          suffix=" days"
          min={1}
          max={365}
          {...form.getInputProps('settings.caches.unusedDays')}
        />
      </div>
      <CacheList project={project.slug} />
    </div>
  )
}
