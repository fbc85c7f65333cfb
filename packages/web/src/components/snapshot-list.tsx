import type { SnapshotView } from '@signalbox/core/contract/views/snapshots.ts'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { bytes } from '../lib/format.ts'
import { useRemoveSnapshot } from '../lib/use-remove-snapshot.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { PermittedButton } from './permitted-button.tsx'
import css from './snapshot-list.module.css'
import { Ago } from './time.tsx'

interface SnapshotListProps {
  items: SnapshotView[]
  /** Each row names its project: the list is of several. */
  showProject?: boolean
}

/** Kept installs and states of failed jobs: how large, how old, when used last, and a way to delete each. */
export function SnapshotList({ items, showProject = false }: SnapshotListProps) {
  const [asked, setAsked] = useState<SnapshotView | null>(null)
  const remove = useRemoveSnapshot()
  return (
    <>
      <ul className="list" data-testid="snapshots" aria-label="Snapshots">
        {items.map((item) => (
          <Row key={item.id} item={item} showProject={showProject} onDelete={() => setAsked(item)} />
        ))}
      </ul>
      <ConfirmDialog
        open={asked !== null}
        title={asked ? `Delete ${nameOf(asked)} of ${asked.projectSlug}` : 'Delete'}
        verb="Delete it"
        danger
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => asked && remove.mutate(asked, { onSuccess: () => setAsked(null) })}
        onClose={() => {
          setAsked(null)
          remove.reset()
        }}
      >
        {asked ? <Consequence item={asked} /> : null}
      </ConfirmDialog>
    </>
  )
}

function Consequence({ item }: { item: SnapshotView }) {
  return (
    <p>
      {item.kind === 'install'
        ? 'The next run with the same lockfile installs anew.'
        : 'No shell can be opened in this state any more.'}{' '}
      {bytes(item.sizeBytes)} become free within minutes.
    </p>
  )
}

interface RowProps {
  item: SnapshotView
  showProject: boolean
  onDelete: () => void
}

function Row({ item, showProject, onDelete }: RowProps) {
  return (
    <li className={`list-row ${css.row}`} data-testid="snapshot" data-snapshot={item.id}>
      <span className={css.what}>
        <span className="cut">
          {item.kind === 'install' ? (
            <code title={item.key}>{item.command}</code>
          ) : item.runId ? (
            <Link className="link" to="/runs/$id" params={{ id: item.runId }}>
              State of a failed job
            </Link>
          ) : (
            'State of a failed job'
          )}
        </span>
        <span className="muted cut">
          {showProject ? (
            <>
              <Link
                className="quiet-link"
                to="/projects/$slug/settings"
                params={{ slug: item.projectSlug }}
                search={{ tab: 'snapshots' }}
              >
                {item.projectSlug}
              </Link>
              {' · '}
            </>
          ) : null}
          {item.kind === 'install' ? `install ${item.key.slice(0, 12)} · ` : ''}
          {item.changeId === null ? 'all runs' : 'one change'} · {usesOf(item.hits)}
        </span>
      </span>
      {item.inUse ? <span className="chip">in use</span> : null}
      <span className={`num ${css.size}`}>{bytes(item.sizeBytes)}</span>
      <span className={`muted ${css.times}`}>
        <span>
          made <Ago at={item.createdAt} />
        </span>
        {item.hits > 0 ? (
          <span>
            used <Ago at={item.lastUsedAt} />
          </span>
        ) : null}
      </span>
      <PermittedButton
        permission="project.write"
        project={item.projectSlug}
        size="compact-sm"
        disabled={item.inUse}
        title={item.inUse ? 'A job, a shell or a kept state stands on it.' : undefined}
        onClick={onDelete}
        aria-label={`Delete ${nameOf(item)} of ${item.projectSlug}`}
      >
        Delete…
      </PermittedButton>
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
