import { Button, TextInput } from '@mantine/core'
import type { AccountView as Account } from '@signalbox/core/contract/views/people.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { authCall } from '../../lib/auth-call.ts'
import { addPasskey, passkeysWork } from '../../lib/passkeys.ts'

type Passkey = Account['passkeys'][number]

/** The passkeys of this account: added, renamed, removed. */
export function Passkeys({ account }: { account: Account }) {
  const cache = useQueryClient()
  const [name, setName] = useState('')
  const [gone, setGone] = useState<Passkey | null>(null)
  const act = useMutation({
    mutationFn: (run: () => Promise<unknown>) => run(),
    onSuccess: async () => {
      setName('')
      setGone(null)
      await cache.invalidateQueries({ queryKey: ['account'] })
      await cache.invalidateQueries({ queryKey: ['session'] })
    },
  })
  return (
    <section className="stack" aria-label="Passkeys">
      <h2>Passkeys</h2>
      <ul className="list" aria-label="Your passkeys">
        {account.passkeys.length === 0 ? <li className="list-row muted">None yet.</li> : null}
        {account.passkeys.map((passkey) => (
          <PasskeyRow
            key={passkey.id}
            passkey={passkey}
            onRename={async (next) => {
              await act.mutateAsync(() =>
                authCall('POST', '/passkey/update-passkey', { id: passkey.id, name: next }),
              )
            }}
            onRemove={() => {
              act.reset()
              setGone(passkey)
            }}
          />
        ))}
      </ul>
      {act.error && !gone ? <ProblemNote error={act.error} /> : null}
      <AddPasskey
        host={account.passkeyHost}
        name={name}
        busy={act.isPending}
        onName={setName}
        onAdd={() => act.mutate(() => addPasskey(name.trim()))}
      />
      <ConfirmDialog
        open={gone !== null}
        title={`Remove ${gone?.name ?? ''}`}
        verb="Remove the passkey"
        danger
        busy={act.isPending}
        error={act.error}
        onConfirm={() => act.mutate(() => authCall('POST', '/passkey/delete-passkey', { id: gone?.id }))}
        onClose={() => setGone(null)}
      >
        It signs you in no longer.
        {account.passkeys.length === 1 && !account.hasPassword
          ? ' You have no other way in then than a link.'
          : ''}
      </ConfirmDialog>
    </section>
  )
}

interface PasskeyRowProps {
  passkey: Passkey
  onRename: (name: string) => Promise<void>
  onRemove: () => void
}

function PasskeyRow({ passkey, onRename, onRemove }: PasskeyRowProps) {
  const [draft, setDraft] = useState<string | null>(null)
  if (draft === null) {
    return (
      <li className="list-row row-wrap">
        <b className="grow">{passkey.name}</b>
        {passkey.createdAt ? (
          <span className="muted">
            <Ago at={passkey.createdAt} />
          </span>
        ) : null}
        <Button onClick={() => setDraft(passkey.name)} aria-label={`Rename ${passkey.name}`}>
          Rename
        </Button>
        <Button onClick={onRemove} aria-label={`Remove ${passkey.name}`}>
          Remove
        </Button>
      </li>
    )
  }
  return (
    <li className="list-row">
      <form
        className="row row-wrap grow"
        onSubmit={(event) => {
          event.preventDefault()
          void onRename(draft.trim()).then(
            () => setDraft(null),
            // The list shows why.
            () => undefined,
          )
        }}
      >
        <TextInput
          className="grow"
          aria-label={`New name of ${passkey.name}`}
          value={draft}
          maxLength={80}
          onChange={(event) => setDraft(event.currentTarget.value)}
          autoFocus
        />
        <Button type="submit" variant="filled" disabled={!draft.trim()}>
          Save the name
        </Button>
        <Button onClick={() => setDraft(null)}>Keep it</Button>
      </form>
    </li>
  )
}

interface AddPasskeyProps {
  host: string
  name: string
  busy: boolean
  onName: (name: string) => void
  onAdd: () => void
}

function AddPasskey({ host, name, busy, onName, onAdd }: AddPasskeyProps) {
  if (!passkeysWork()) {
    return (
      <p className="muted">
        Passkeys are made for a name, not for an address: open the dashboard at {host} to add one.
      </p>
    )
  }
  return (
    <form
      className="row row-wrap"
      style={{ alignItems: 'flex-end' }}
      onSubmit={(event) => {
        event.preventDefault()
        onAdd()
      }}
    >
      <TextInput
        label="Name of the passkey"
        value={name}
        maxLength={80}
        onChange={(event) => onName(event.currentTarget.value)}
      />
      <Button type="submit" loading={busy} disabled={!name.trim()}>
        Add a passkey
      </Button>
    </form>
  )
}
