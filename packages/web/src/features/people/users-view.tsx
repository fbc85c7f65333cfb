import { Button, NativeSelect, TextInput } from '@mantine/core'
import { instanceRoles } from '@signalbox/core/contract/roles.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ListBones, Loaded, ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'

const roles = [...instanceRoles]

/** Everybody who can sign in: invite, change the role, disable, reset, delete. */
export function UsersView() {
  const cache = useQueryClient()
  const users = useQuery(queries.users())
  const [link, setLink] = useState<{ of: string; url: string } | null>(null)
  const renew = () => cache.invalidateQueries({ queryKey: ['users'] })
  const act = useMutation({ mutationFn: (run: () => Promise<unknown>) => run(), onSuccess: renew })
  return (
    <div className="stack" style={{ gap: 16 }}>
      {link ? (
        <div className="panel stack" style={{ padding: 16 }} role="status">
          <p>Hand this link to {link.of}. It signs them in once; whoever holds it is them.</p>
          <code className="command-line">{link.url}</code>
          <Button onClick={() => setLink(null)}>I have it</Button>
        </div>
      ) : null}
      {act.error ? <ProblemNote error={act.error} /> : null}
      <Loaded query={users} bones={<ListBones rows={3} />}>
        {(items) => (
          <ul className="list" aria-label="People">
            {items.map((user) => (
              <li className="list-row row-wrap" key={user.id}>
                <b>{user.name}</b>
                <span className="muted grow">
                  {[
                    user.email,
                    user.disabled ? 'disabled' : null,
                    user.twoFactor ? 'two-factor' : null,
                    ...user.projects.map(({ slug, role }) => `${slug}: ${role}`),
                  ]
                    .filter((part) => part !== null)
                    .join(' · ')}
                </span>
                <NativeSelect
                  aria-label={`Role of ${user.name}`}
                  data={roles}
                  value={user.role}
                  onChange={(event) => {
                    const role = roles.find((one) => one === event.currentTarget.value)
                    act.mutate(() => call('updateUser', { params: { user: user.id }, body: { role } }))
                  }}
                />
                <Button
                  onClick={() =>
                    act.mutate(() =>
                      call('updateUser', { params: { user: user.id }, body: { disabled: !user.disabled } }),
                    )
                  }
                >
                  {user.disabled ? 'Enable' : 'Disable'}
                </Button>
                <Button
                  onClick={() =>
                    act.mutate(async () => {
                      const made = await call('resetUser', { params: { user: user.id } })
                      setLink({ of: user.name, url: made.url })
                    })
                  }
                >
                  Reset sign-in
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <InviteForm onInvited={setLink} />
    </div>
  )
}

function InviteForm({ onInvited }: { onInvited: (link: { of: string; url: string }) => void }) {
  const cache = useQueryClient()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const invite = useMutation({
    mutationFn: () =>
      call('inviteUser', {
        body: { name, role: 'user', projects: [], ...(email ? { email } : {}) },
      }),
    onSuccess: async ({ user, link }) => {
      onInvited({ of: user.name, url: link.url })
      setName('')
      setEmail('')
      await cache.invalidateQueries({ queryKey: ['users'] })
    },
  })
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        invite.mutate()
      }}
    >
      <h2>Invite somebody</h2>
      <div className="row row-wrap" style={{ alignItems: 'flex-end' }}>
        <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput
          label="E-mail"
          type="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Button type="submit" variant="filled" disabled={!name.trim()} loading={invite.isPending}>
          Make the link
        </Button>
      </div>
      <p className="muted">Nothing is sent: you hand the link over. Then make them a member of projects.</p>
      {invite.error ? <ProblemNote error={invite.error} /> : null}
    </form>
  )
}
