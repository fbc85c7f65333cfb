import { Button, NativeSelect } from '@mantine/core'
import { type InstanceRole, instanceRoles } from '@signalbox/core/contract/roles.ts'
import type { UserView } from '@signalbox/core/contract/views/people.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ListBones, Loaded, ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { useWhyNot } from '../../lib/use-why-not.ts'
import { InviteForm } from './invite-form.tsx'

/** What is asked about before it is done. */
interface Asked {
  verb: 'delete' | 'reset' | 'disable'
  user: UserView
}

/** Everybody who can sign in: invite, change the role, disable, reset, delete. */
export function UsersView() {
  const cache = useQueryClient()
  const reason = useWhyNot('user.read')
  const users = useQuery({ ...queries.users(), enabled: reason === null })
  const me = useQuery(queries.session()).data?.user
  const [link, setLink] = useState<{ of: string; url: string } | null>(null)
  const [asked, setAsked] = useState<Asked | null>(null)
  const act = useMutation({
    mutationFn: (run: () => Promise<unknown>) => run(),
    onSuccess: async () => {
      setAsked(null)
      await cache.invalidateQueries({ queryKey: ['users'] })
    },
  })
  if (reason !== null) return <p className="muted">{reason}</p>
  function carryOut({ verb, user }: Asked) {
    const params = { user: user.id }
    act.mutate(async () => {
      if (verb === 'delete') await call('deleteUser', { params })
      else if (verb === 'disable') await call('updateUser', { params, body: { disabled: true } })
      else setLink({ of: user.name, url: (await call('resetUser', { params })).url })
    })
  }
  return (
    <div className="stack" style={{ gap: 16 }}>
      {link ? <LinkToHandOver link={link} onDone={() => setLink(null)} /> : null}
      {act.error && !asked ? <ProblemNote error={act.error} /> : null}
      <Loaded query={users} bones={<ListBones rows={3} />}>
        {(items) => (
          <ul className="list" aria-label="People">
            {items.map((user) => (
              <UserRow
                key={user.id}
                user={user}
                me={me}
                busy={act.isPending}
                onRole={(role) =>
                  act.mutate(() => call('updateUser', { params: { user: user.id }, body: { role } }))
                }
                onEnable={() =>
                  act.mutate(() =>
                    call('updateUser', { params: { user: user.id }, body: { disabled: false } }),
                  )
                }
                onAsk={(verb) => {
                  act.reset()
                  setAsked({ verb, user })
                }}
              />
            ))}
          </ul>
        )}
      </Loaded>
      {/* Below a list that is still to come it would jump. */}
      {users.isPending ? null : <InviteForm onInvited={setLink} />}
      {asked ? (
        <ConfirmDialog
          open
          title={`${titles[asked.verb]} ${asked.user.name}`}
          verb={titles[asked.verb]}
          danger
          busy={act.isPending}
          error={act.error}
          onConfirm={() => carryOut(asked)}
          onClose={() => setAsked(null)}
        >
          {consequences[asked.verb]}
        </ConfirmDialog>
      ) : null}
    </div>
  )
}

const titles = { delete: 'Delete', reset: 'Reset the sign-in of', disable: 'Disable' }
const consequences = {
  delete: 'Their sessions and tokens end, and they are no member any more. What they did stays.',
  reset:
    'You get a link. When they open it, their password, passkeys and two-factor are gone, and every session ends.',
  disable: 'They are signed out at once, and neither password nor link signs them in until they are enabled.',
}

function LinkToHandOver({ link, onDone }: { link: { of: string; url: string }; onDone: () => void }) {
  return (
    <div className="panel stack" style={{ padding: 16 }} role="status">
      <p>Hand this link to {link.of}. It signs them in once; whoever holds it is them.</p>
      <code className="command-line" data-testid="sign-in-link">
        {link.url}
      </code>
      <div>
        <Button onClick={onDone}>I have it</Button>
      </div>
    </div>
  )
}

interface UserRowProps {
  user: UserView
  me: { id: string; role: InstanceRole } | undefined
  busy: boolean
  onRole: (role: InstanceRole) => void
  onEnable: () => void
  onAsk: (verb: Asked['verb']) => void
}

function UserRow({ user, me, busy, onRole, onEnable, onAsk }: UserRowProps) {
  const owner = me?.role === 'owner'
  const tooHigh = !owner && user.role !== 'user' ? 'Only an owner changes owners and admins.' : undefined
  const facts = [
    user.email,
    user.disabled ? 'disabled' : null,
    user.twoFactor ? 'two-factor' : null,
    ...user.projects.map(({ slug, role }) => `${slug}: ${role}`),
  ].filter((part) => part !== null)
  return (
    <li className="list-row row-wrap" data-testid="user-row">
      <span className="grow person">
        <b>{user.name}</b>
        {user.id === me?.id ? <span className="faint"> you</span> : null}
        <span className="muted person-facts">{facts.join(' · ')}</span>
      </span>
      <NativeSelect
        aria-label={`Role of ${user.name}`}
        title={tooHigh ?? (owner ? undefined : 'Only an owner makes owners and admins.')}
        data={[...instanceRoles]}
        value={user.role}
        disabled={busy || !owner}
        onChange={(event) => {
          const role = instanceRoles.find((one) => one === event.currentTarget.value)
          if (role) onRole(role)
        }}
      />
      <Button
        disabled={tooHigh !== undefined}
        title={tooHigh}
        aria-label={`${user.disabled ? 'Enable' : 'Disable'} ${user.name}`}
        onClick={() => (user.disabled ? onEnable() : onAsk('disable'))}
      >
        {user.disabled ? 'Enable' : 'Disable'}
      </Button>
      <Button
        disabled={tooHigh !== undefined || user.disabled}
        title={tooHigh ?? (user.disabled ? 'Enable them first.' : undefined)}
        aria-label={`Reset sign-in of ${user.name}`}
        onClick={() => onAsk('reset')}
      >
        Reset sign-in
      </Button>
      <Button
        color="red"
        variant="outline"
        disabled={tooHigh !== undefined}
        title={tooHigh}
        aria-label={`Delete ${user.name}`}
        onClick={() => onAsk('delete')}
      >
        Delete
      </Button>
    </li>
  )
}
