import { Button, PasswordInput, TextInput } from '@mantine/core'
import type { AccountView as Account } from '@signalbox/core/contract/views/people.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Loaded, PageBones, ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { Passkeys } from './passkeys.tsx'
import { TwoFactor } from './two-factor.tsx'

/** Who you are here, and how you sign in. */
export function AccountView() {
  const account = useQuery(queries.account())
  return (
    <Loaded query={account} bones={<PageBones />}>
      {(data) => (
        <div className="stack" style={{ gap: 28, maxWidth: 720 }}>
          <Person account={data} />
          <Password account={data} />
          <TwoFactor account={data} />
          <Passkeys account={data} />
        </div>
      )}
    </Loaded>
  )
}

function Person({ account }: { account: Account }) {
  const cache = useQueryClient()
  const [name, setName] = useState(account.name)
  const [email, setEmail] = useState(account.email ?? '')
  const save = useMutation({
    mutationFn: () => call('updateAccount', { body: { name, ...(email ? { email } : {}) } }),
    onSuccess: (next) => cache.setQueryData(queries.account().queryKey, next),
  })
  return (
    <form
      className="stack"
      aria-label="You"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <h2>You</h2>
      <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <TextInput
        label="E-mail"
        description="You sign in with it. Nothing is ever sent to it."
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      {save.error ? <ProblemNote error={save.error} /> : null}
      <div>
        <Button
          type="submit"
          loading={save.isPending}
          disabled={!name.trim() || (name === account.name && email === (account.email ?? ''))}
        >
          Save name and e-mail
        </Button>
      </div>
    </form>
  )
}

function Password({ account }: { account: Account }) {
  const cache = useQueryClient()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const save = useMutation({
    mutationFn: () =>
      call('setPassword', {
        body: { password, ...(account.hasPassword ? { currentPassword: current } : {}) },
      }),
    onSuccess: async (next) => {
      cache.setQueryData(queries.account().queryKey, next)
      setCurrent('')
      setPassword('')
      await cache.invalidateQueries({ queryKey: ['session'] })
    },
  })
  return (
    <form
      className="stack"
      aria-label="Password"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <h2>Password</h2>
      {account.email === null ? <p className="muted">Save your e-mail address first.</p> : null}
      {account.hasPassword ? (
        <PasswordInput
          label="Current password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          autoComplete="current-password"
        />
      ) : null}
      <PasswordInput
        label="New password"
        description="12 characters or more. Your other sessions end."
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="new-password"
      />
      {save.error ? <ProblemNote error={save.error} /> : null}
      {save.isSuccess ? <p role="status">The password is set.</p> : null}
      <div>
        <Button type="submit" loading={save.isPending} disabled={account.email === null || !password}>
          {account.hasPassword ? 'Change the password' : 'Set the password'}
        </Button>
      </div>
    </form>
  )
}
