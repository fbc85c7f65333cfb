import { Button } from '@mantine/core'
import type { ApiTokenView } from '@signalbox/core/contract/views/people.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ListBones, Loaded } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { TokenForm } from './token-form.tsx'

/** API tokens: made with scopes, projects and an end, shown once, revoked. */
export function Tokens() {
  const cache = useQueryClient()
  const tokens = useQuery(queries.tokens())
  const [gone, setGone] = useState<ApiTokenView | null>(null)
  const revoke = useMutation({
    mutationFn: (token: string) => call('revokeToken', { params: { token } }),
    onSuccess: async () => {
      setGone(null)
      await cache.invalidateQueries({ queryKey: ['account', 'tokens'] })
    },
  })
  return (
    <section className="stack" aria-label="API tokens">
      <h2>API tokens</h2>
      <Loaded query={tokens} bones={<ListBones rows={2} />}>
        {(items) => (
          <ul className="list" aria-label="Your API tokens">
            {items.length === 0 ? <li className="list-row muted">None yet.</li> : null}
            {items.map((token) => (
              <TokenRow key={token.id} token={token} onRevoke={() => setGone(token)} />
            ))}
          </ul>
        )}
      </Loaded>
      <TokenForm />
      <ConfirmDialog
        open={gone !== null}
        title={`Revoke ${gone?.name ?? ''}`}
        verb="Revoke the token"
        danger
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => gone && revoke.mutate(gone.id)}
        onClose={() => setGone(null)}
      >
        What uses it is refused from that moment on.
      </ConfirmDialog>
    </section>
  )
}

function TokenRow({ token, onRevoke }: { token: ApiTokenView; onRevoke: () => void }) {
  const count = token.scopes?.length
  return (
    <li className="list-row row-wrap">
      <span className="grow person">
        <b>{token.name}</b> <code>{token.hint}…</code>
        <span className="muted person-facts" title={token.scopes?.join(', ')}>
          {count === undefined ? 'everything' : `${count} ${count === 1 ? 'permission' : 'permissions'}`}
          {token.projects ? ` · in ${token.projects.map(({ slug }) => slug).join(', ') || 'no project'}` : ''}
          {token.expiresAt === null ? ' · never ends' : ` · ends on ${token.expiresAt.slice(0, 10)}`}
          {token.lastUsedAt === null ? (
            ' · never used'
          ) : (
            <>
              {' · used '}
              <Ago at={token.lastUsedAt} />
            </>
          )}
        </span>
      </span>
      <Button onClick={onRevoke} aria-label={`Revoke ${token.name}`}>
        Revoke
      </Button>
    </li>
  )
}
