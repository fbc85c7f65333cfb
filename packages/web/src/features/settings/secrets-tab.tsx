import { Button } from '@mantine/core'
import type { SecretView, VariableView } from '@signalbox/core/contract/views/secrets.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty, ListBones, Loaded } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { SecretDialog, type Setting } from './secret-dialog.tsx'

type Kind = Setting['kind']
interface Named {
  kind: Kind
  name: string
  environment: string
}

const fresh = { name: '', environment: '', replace: false, file: false }

/** Secrets and plain variables of a project. They are saved at once, apart from the other settings. */
export function SecretsTab({ slug }: { slug: string }) {
  const secrets = useQuery(queries.secrets(slug))
  const variables = useQuery(queries.variables(slug))
  const [setting, setSetting] = useState<Setting | null>(null)
  const [deleting, setDeleting] = useState<Named | null>(null)
  const replace = (named: Named) => setSetting({ ...named, replace: true, file: false })
  return (
    <div className="stack" style={{ paddingTop: 16 }}>
      <div className="row" style={{ flexWrap: 'wrap' }}>
        <div className="grow" style={{ minWidth: 240 }}>
          <h2>Secrets</h2>
          <p className="muted">
            <code>{'${{ secrets.NAME }}'}</code> in workflows that you start and in the environment of
            releases. A value is never shown again, and hidden in every log.
          </p>
        </div>
        <div className="row">
          <Button onClick={() => setSetting({ ...fresh, kind: 'secret', file: true })}>Import .env…</Button>
          <Button onClick={() => setSetting({ ...fresh, kind: 'secret' })} data-testid="secret-new">
            Set a secret…
          </Button>
        </div>
      </div>
      <Loaded query={secrets} bones={<ListBones rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No secret yet">
              Keys that runs and releases need, and that nobody should read.
            </Empty>
          ) : (
            <EntryTable
              label="Secrets"
              heads={['Last used']}
              entries={items.map((item) => ({ ...item, cells: [lastUsed(item)] }))}
              onReplace={(entry) => replace({ ...entry, kind: 'secret' })}
              onDelete={(entry) => setDeleting({ ...entry, kind: 'secret' })}
            />
          )
        }
      </Loaded>
      <div className="row" style={{ flexWrap: 'wrap' }}>
        <div className="grow" style={{ minWidth: 240 }}>
          <h2>Variables</h2>
          <p className="muted">
            <code>{'${{ vars.NAME }}'}</code>. Everybody who sees the project sees them.
          </p>
        </div>
        <Button onClick={() => setSetting({ ...fresh, kind: 'variable' })}>Set a variable…</Button>
      </div>
      <Loaded query={variables} bones={<ListBones rows={2} />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">No variable yet.</p>
          ) : (
            <EntryTable
              label="Variables"
              heads={['Value']}
              entries={items.map((item) => ({ ...item, cells: [<code key="value">{item.value}</code>] }))}
              onReplace={(entry) => replace({ ...entry, kind: 'variable' })}
              onDelete={(entry) => setDeleting({ ...entry, kind: 'variable' })}
            />
          )
        }
      </Loaded>
      {setting ? (
        <SecretDialog
          slug={slug}
          environments={secrets.data?.environments ?? []}
          setting={setting}
          onClose={() => setSetting(null)}
        />
      ) : null}
      <DeleteEntry slug={slug} entry={deleting} onClose={() => setDeleting(null)} />
    </div>
  )
}

function lastUsed(secret: SecretView): ReactNode {
  return secret.lastUsedAt ? <Ago at={secret.lastUsedAt} /> : <span className="muted">never</span>
}

type Entry = Pick<VariableView, 'name' | 'environment' | 'updatedAt' | 'updatedBy'> & { cells: ReactNode[] }

function EntryTable(props: {
  label: string
  heads: string[]
  entries: Entry[]
  onReplace: (entry: Entry) => void
  onDelete: (entry: Entry) => void
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="panel table-scroll" tabIndex={0} aria-label={props.label}>
      <table className="table table-entries">
        <thead>
          <tr>
            <th>Name</th>
            <th>Environment</th>
            {props.heads.map((head) => (
              <th key={head}>{head}</th>
            ))}
            <th>Set</th>
            <th>
              <span className="hidden-visually">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.entries.map((entry) => (
            <tr key={`${entry.environment}/${entry.name}`}>
              <td className="mono">{entry.name}</td>
              <td>{entry.environment || <span className="muted">all</span>}</td>
              {props.heads.map((head, at) => (
                <td key={head}>{entry.cells[at]}</td>
              ))}
              <td>
                <Ago at={entry.updatedAt} />
                {entry.updatedBy ? <span className="muted"> by {entry.updatedBy}</span> : null}
              </td>
              <td>
                <div className="row" style={{ justifyContent: 'flex-end', flexWrap: 'nowrap' }}>
                  <Button
                    size="xs"
                    onClick={() => props.onReplace(entry)}
                    aria-label={`Replace ${entry.name}`}
                  >
                    Replace
                  </Button>
                  <Button size="xs" onClick={() => props.onDelete(entry)} aria-label={`Delete ${entry.name}`}>
                    Delete
                  </Button>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function DeleteEntry({ slug, entry, onClose }: { slug: string; entry: Named | null; onClose: () => void }) {
  const cache = useQueryClient()
  const remove = useMutation({
    mutationFn: (named: Named) => {
      const { name, environment } = named
      const input = { params: { project: slug, name }, query: { environment } }
      return named.kind === 'secret' ? call('deleteSecret', input) : call('deleteVariable', input)
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['project', slug, 'secrets'] })
      onClose()
    },
  })
  if (!entry) return null
  const where = entry.environment === '' ? 'all environments' : entry.environment
  return (
    <ConfirmDialog
      open
      title={`Delete ${entry.name}`}
      verb={`Delete ${entry.name}`}
      danger
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(entry)}
      onClose={onClose}
    >
      <p>
        {entry.name} of {where} is gone for good. Runs and releases that need it fail from then on.
      </p>
    </ConfirmDialog>
  )
}
