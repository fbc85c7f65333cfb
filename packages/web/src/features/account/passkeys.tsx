import { Button, TextInput } from '@mantine/core'
import type { AccountView as Account } from '@signalbox/core/contract/views/people.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote } from '../../components/states.tsx'
import { authCall } from '../../lib/auth-call.ts'
import { addPasskey, passkeysWork } from '../../lib/passkeys.ts'

/** The passkeys of this account. */
export function Passkeys({ account }: { account: Account }) {
  const cache = useQueryClient()
  const [name, setName] = useState('')
  const act = useMutation({
    mutationFn: (run: () => Promise<unknown>) => run(),
    onSuccess: async () => {
      setName('')
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
          <li className="list-row" key={passkey.id}>
            <b className="grow">{passkey.name}</b>
            <Button
              onClick={() =>
                act.mutate(() => authCall('POST', '/passkey/delete-passkey', { id: passkey.id }))
              }
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      {act.error ? <ProblemNote error={act.error} /> : null}
      {passkeysWork() ? (
        <form
          className="row row-wrap"
          style={{ alignItems: 'flex-end' }}
          onSubmit={(event) => {
            event.preventDefault()
            act.mutate(() => addPasskey(name.trim()))
          }}
        >
          <TextInput
            label="Name of the passkey"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" loading={act.isPending} disabled={!name.trim()}>
            Add a passkey
          </Button>
        </form>
      ) : (
        <p className="muted">
          Passkeys are made for a name, not for an address: open the dashboard at {account.passkeyHost} to add
          one.
        </p>
      )}
    </section>
  )
}
