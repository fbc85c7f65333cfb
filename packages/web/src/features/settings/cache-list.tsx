import type { CacheView } from '@signalbox/core/contract/views/services.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { PermittedButton } from '../../components/permitted-button.tsx'
import css from '../../components/snapshot-list.module.css'
import { Empty, ListBones, Loaded } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { call } from '../../lib/api.ts'
import { bytes } from '../../lib/format.ts'
import { queries } from '../../lib/queries.ts'

/** Caches that actions saved in this project, and a way to delete each. */
export function CacheList({ project }: { project: string }) {
  const kept = useQuery(queries.caches(project))
  return (
    <Loaded query={kept} bones={<ListBones rows={2} />}>
      {({ items, count, totalBytes, maxBytes }) =>
        items.length === 0 ? (
          <Empty title="No cache is kept">An action such as actions/cache saves some.</Empty>
        ) : (
          <>
            <Items project={project} items={items} />
            <p className="muted">
              {count} in all, {bytes(totalBytes)} of {bytes(maxBytes)}
            </p>
          </>
        )
      }
    </Loaded>
  )
}

function Items({ project, items }: { project: string; items: CacheView[] }) {
  const [asked, setAsked] = useState<CacheView | null>(null)
  const cache = useQueryClient()
  const remove = useMutation({
    mutationFn: ({ id }: CacheView) => call('deleteCache', { params: { project, cache: id } }),
    // Also when it failed: it may be gone already.
    onSettled: () => cache.invalidateQueries({ queryKey: ['caches', project] }),
  })
  return (
    <>
      <ul className="list" data-testid="caches" aria-label="Caches">
        {items.map((item) => (
          <Row key={item.id} project={project} item={item} onDelete={() => setAsked(item)} />
        ))}
      </ul>
      <ConfirmDialog
        open={asked !== null}
        title={asked ? `Delete the cache ${asked.key}` : 'Delete'}
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
        <p>The next run that asks for it makes what it holds anew.</p>
      </ConfirmDialog>
    </>
  )
}

function Row({ project, item, onDelete }: { project: string; item: CacheView; onDelete: () => void }) {
  return (
    <li className={`list-row ${css.row}`} data-testid="cache" data-cache={item.id}>
      <span className={css.what}>
        <span className="cut">
          {item.runId ? (
            <Link className="link" to="/runs/$id" params={{ id: item.runId }}>
              <code>{item.key}</code>
            </Link>
          ) : (
            <code>{item.key}</code>
          )}
        </span>
        <span className="muted cut">
          {scopeWords(item.scope)} · {item.hits === 0 ? 'not used yet' : `used ${item.hits} ×`}
        </span>
      </span>
      <span className={`num ${css.size}`}>{bytes(item.sizeBytes)}</span>
      <span className={`muted ${css.times}`}>
        <span>
          made <Ago at={item.createdAt} />
        </span>
        <span>
          used <Ago at={item.lastUsedAt} />
        </span>
      </span>
      <PermittedButton
        permission="project.write"
        project={project}
        size="compact-sm"
        onClick={onDelete}
        aria-label={`Delete the cache ${item.key}`}
      >
        Delete…
      </PermittedButton>
    </li>
  )
}

/** Whose runs save there. */
function scopeWords(scope: string): string {
  if (scope.startsWith('change/')) return 'one change'
  return scope.startsWith('untrusted/') ? 'untrusted runs' : scope.replace(/^refs\/heads\//, '')
}
