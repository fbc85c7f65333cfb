import { Button, NativeSelect, TextInput } from '@mantine/core'
import {
  type InstanceRole,
  instanceRoles,
  type ProjectRole,
  projectRoles,
} from '@signalbox/core/contract/roles.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'

/** Makes an invitation: who, as what on the machine, and in which project as what. */
export function InviteForm({ onInvited }: { onInvited: (link: { of: string; url: string }) => void }) {
  const cache = useQueryClient()
  const mine = useQuery(queries.session()).data?.user.role
  const projects = useQuery(queries.projects()).data ?? []
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<InstanceRole>('user')
  const [project, setProject] = useState('')
  const [projectRole, setProjectRole] = useState<ProjectRole>('member')
  const invite = useMutation({
    mutationFn: () =>
      call('inviteUser', {
        body: {
          name: name.trim(),
          role,
          projects: role === 'user' && project ? [{ project, role: projectRole }] : [],
          ...(email ? { email } : {}),
        },
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
      aria-label="Invite somebody"
      onSubmit={(event) => {
        event.preventDefault()
        invite.mutate()
      }}
    >
      <h2>Invite somebody</h2>
      <div className="row row-wrap" style={{ alignItems: 'flex-end' }}>
        <TextInput
          label="Name"
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="E-mail"
          type="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <NativeSelect
          label="On the machine"
          data={mine === 'owner' ? [...instanceRoles] : ['user']}
          value={role}
          onChange={(event) =>
            setRole(instanceRoles.find((one) => one === event.currentTarget.value) ?? 'user')
          }
        />
        {role === 'user' && projects.length > 0 ? (
          <>
            <NativeSelect
              label="In the project"
              data={[
                { value: '', label: 'none yet' },
                ...projects.map((card) => ({ value: card.slug, label: card.name })),
              ]}
              value={project}
              onChange={(event) => setProject(event.currentTarget.value)}
            />
            <NativeSelect
              label="As"
              data={[...projectRoles]}
              value={projectRole}
              disabled={!project}
              onChange={(event) =>
                setProjectRole(projectRoles.find((one) => one === event.currentTarget.value) ?? 'viewer')
              }
            />
          </>
        ) : null}
        <Button type="submit" variant="filled" disabled={!name.trim()} loading={invite.isPending}>
          Make the link
        </Button>
      </div>
      <p className="muted">
        Nothing is sent: you hand the link over. Owners and admins have every project.
        {mine === 'owner' ? '' : ' Only an owner adds owners and admins.'}
      </p>
      {invite.error ? <ProblemNote error={invite.error} /> : null}
    </form>
  )
}
