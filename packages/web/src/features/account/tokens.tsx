import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ListBones, Loaded, ProblemNote } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'

const presets = ['read', 'write', 'admin'] as const

/** API tokens: made with scopes and an end, shown once, revoked. */
export function Tokens() {
  const cache = useQueryClient()
  const tokens = useQuery(queries.tokens())
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<(typeof presets)[number]>('write')
  const [days, setDays] = useState('90')
  const renew = () => cache.invalidateQueries({ queryKey: ['account', 'tokens'] })
  const make = useMutation({
    mutationFn: () =>
      call('createToken', {
        body: { name, scopes, expiresInDays: days === 'never' ? 'never' : Number(days) },
      }),
    onSuccess: () => {
      setName('')
      return renew()
    },
  })
  const revoke = useMutation({
    mutationFn: (token: string) => call('revokeToken', { params: { token } }),
    onSuccess: renew,
  })
  const problem = make.error ?? revoke.error
  return (
    <section className="stack" aria-label="API tokens">
      <h2>API tokens</h2>
      <Loaded query={tokens} bones={<ListBones rows={2} />}>
        {(items) => (
          <ul className="list" aria-label="Your API tokens">
            {items.length === 0 ? <li className="list-row muted">None yet.</li> : null}
            {items.map((token) => (
              <li className="list-row row-wrap" key={token.id}>
                <b>{token.name}</b>
                <code>{token.hint}…</code>
                <span className="muted grow">
                  {token.scopes === null ? 'everything' : `${token.scopes.length} scopes`}
                  {token.expiresAt === null ? (
                    ' · never ends'
                  ) : (
                    <> · ends on {token.expiresAt.slice(0, 10)}</>
                  )}
                  {token.lastUsedAt === null ? (
                    ' · never used'
                  ) : (
                    <>
                      {' · used '}
                      <Ago at={token.lastUsedAt} />
                    </>
                  )}
                </span>
                <Button onClick={() => revoke.mutate(token.id)}>Revoke</Button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {make.data ? (
        <div role="status" className="stack">
          <p>This is the only time that the token is shown:</p>
          <code className="command-line">{make.data.token}</code>
        </div>
      ) : null}
      {problem ? <ProblemNote error={problem} /> : null}
      <form
        className="row row-wrap"
        style={{ alignItems: 'flex-end' }}
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <TextInput
          label="Name of the token"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label="For"
          data={[...presets]}
          value={scopes}
          onChange={(event) => setScopes(presets.find((one) => one === event.currentTarget.value) ?? 'read')}
        />
        <NativeSelect
          label="Ends after"
          data={[
            { value: '7', label: '7 days' },
            { value: '90', label: '90 days' },
            { value: '365', label: 'a year' },
            { value: 'never', label: 'never (unwise)' },
          ]}
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!name.trim()} loading={make.isPending}>
          Make the token
        </Button>
      </form>
    </section>
  )
}
