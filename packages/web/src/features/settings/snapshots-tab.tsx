import { Button, Switch, Textarea } from '@mantine/core'
import type { SnapshotView } from '@signalbox/core/contract/views/snapshots.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty, ListBones, Loaded } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { call } from '../../lib/api.ts'
import { bytes } from '../../lib/format.ts'
import { queries } from '../../lib/queries.ts'
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
              <ul className="list" data-testid="snapshots">
                {items.map((item) => (
                  <SnapshotRow key={item.id} item={item} slug={project.slug} />
                ))}
              </ul>
              <p className="muted">
                {items.length} in all, {bytes(totalBytes)}
              </p>
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function SnapshotRow({ item, slug }: { item: SnapshotView; slug: string }) {
  const [asking, setAsking] = useState(false)
  const cache = useQueryClient()
  const remove = useMutation({
    mutationFn: () => call('deleteSnapshot', { params: { project: slug, snapshot: item.id } }),
    onSuccess: async () => {
      setAsking(false)
      await cache.invalidateQueries({ queryKey: ['snapshots', slug] })
    },
  })
  const install = item.kind === 'install'
  return (
    <li className="list-row" data-testid="snapshot">
      <span className="grow">
        {install ? (
          <code title={item.key}>{item.command}</code>
        ) : item.runId ? (
          <Link to="/runs/$id" params={{ id: item.runId }}>
            State of a failed job
          </Link>
        ) : (
          'State of a failed job'
        )}
        <br />
        <span className="muted">
          {install ? `${item.key.slice(0, 12)} · ` : ''}
          {item.changeId === null ? 'all runs' : 'one change'} · {bytes(item.sizeBytes)} · {usesOf(item.hits)}{' '}
          · {item.inUse ? 'in use' : <Ago at={item.lastUsedAt} />}
        </span>
      </span>
      <Button disabled={item.inUse} onClick={() => setAsking(true)} aria-label={`Delete ${nameOf(item)}`}>
        Delete…
      </Button>
      <ConfirmDialog
        open={asking}
        title="Delete the snapshot"
        verb="Delete it"
        danger
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>
          {install
            ? 'The next run with the same lockfile installs anew.'
            : 'No shell can be opened in this state any more.'}
        </p>
      </ConfirmDialog>
    </li>
  )
}

function usesOf(hits: number): string {
  if (hits === 0) return 'not used yet'
  return hits === 1 ? 'used once' : `used ${hits} times`
}

function nameOf(item: SnapshotView): string {
  return item.kind === 'install' ? `the install ${item.key.slice(0, 12)}` : 'the state of a failed job'
}
