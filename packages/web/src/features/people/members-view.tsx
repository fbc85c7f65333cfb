import { Button, NativeSelect } from '@mantine/core'
import { type ProjectRole, projectRoles } from '@signalbox/core/contract/roles.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ListBones, Loaded, ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { useWhyNot } from '../../lib/use-why-not.ts'

const roles = [...projectRoles]

/** The members of a project; owners of it add, change and take out. */
export function MembersView({ slug }: { slug: string }) {
  const cache = useQueryClient()
  const members = useQuery(queries.members(slug))
  const reason = useWhyNot('member.write', slug)
  const candidates = useQuery({ ...queries.candidates(slug), enabled: reason === null })
  const [userId, setUserId] = useState('')
  const [role, setRole] = useState<ProjectRole>('member')
  const renew = () => cache.invalidateQueries({ queryKey: ['members', slug] })
  const set = useMutation({
    mutationFn: (body: { userId: string; role: ProjectRole }) =>
      call('setMember', { params: { project: slug }, body }),
    onSuccess: () => {
      setUserId('')
      return renew()
    },
  })
  const remove = useMutation({
    mutationFn: (member: string) => call('removeMember', { params: { project: slug, member } }),
    onSuccess: renew,
  })
  const mayChange = reason === null
  const problem = set.error ?? remove.error
  return (
    <div className="stack" style={{ gap: 16 }}>
      <p className="muted">
        Viewers see everything here. Members give goals and run workflows. Maintainers approve, merge, deploy
        and set up. Owners also choose the members. Owners and admins of the machine have every project.
      </p>
      {reason ? <p className="muted">You cannot change them. {reason}</p> : null}
      {problem ? <ProblemNote error={problem} /> : null}
      <Loaded query={members} bones={<ListBones rows={3} />}>
        {(items) => (
          <ul className="list" aria-label="Members">
            {items.length === 0 ? <li className="list-row muted">Nobody is a member yet.</li> : null}
            {items.map((member) => (
              <li className="list-row row-wrap" key={member.userId}>
                <span className="grow person">
                  <b>{member.name}</b>
                  <span className="muted person-facts">
                    {[member.email, member.disabled ? 'disabled' : null].filter(Boolean).join(' · ')}
                  </span>
                </span>
                <NativeSelect
                  aria-label={`Role of ${member.name}`}
                  data={roles}
                  value={member.role}
                  disabled={!mayChange || set.isPending}
                  title={reason ?? undefined}
                  onChange={(event) => {
                    const next = roles.find((one) => one === event.currentTarget.value)
                    if (next) set.mutate({ userId: member.userId, role: next })
                  }}
                />
                {mayChange ? (
                  <Button
                    disabled={remove.isPending}
                    aria-label={`Take out ${member.name}`}
                    onClick={() => remove.mutate(member.userId)}
                  >
                    Take out
                  </Button>
                ) : null}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {candidates.data && candidates.data.length > 0 ? (
        <form
          className="row row-wrap"
          style={{ alignItems: 'flex-end' }}
          onSubmit={(event) => {
            event.preventDefault()
            set.mutate({ userId, role })
          }}
        >
          <NativeSelect
            label="Person"
            data={[
              { value: '', label: 'Choose…' },
              ...candidates.data.map(({ id, name, email }) => ({
                value: id,
                label: email ? `${name} · ${email}` : name,
              })),
            ]}
            value={userId}
            onChange={(event) => setUserId(event.currentTarget.value)}
          />
          <NativeSelect
            label="Role"
            data={roles}
            value={role}
            onChange={(event) => setRole(roles.find((one) => one === event.currentTarget.value) ?? 'member')}
          />
          <Button type="submit" variant="filled" disabled={!userId} loading={set.isPending}>
            Add the member
          </Button>
        </form>
      ) : null}
    </div>
  )
}
