import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { needs } from '@signalbox/core/contract/roles.ts'
import type { Permission } from '@signalbox/core/contract/routes/route.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'

const presets = [
  { value: 'read', label: 'reading' },
  { value: 'write', label: 'reading and writing' },
  { value: 'admin', label: 'everything that you may' },
  { value: 'chosen', label: 'chosen permissions…' },
] as const
type Purpose = (typeof presets)[number]['value']

const ends = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'a year' },
  { value: 'never', label: 'never (unwise)' },
]

const choices = (Object.keys(needs) as Permission[]).filter((name) => name !== 'public')

/** Adds what is not in the list and takes out what is. */
function toggled<T>(list: readonly T[], item: T): T[] {
  return list.includes(item) ? list.filter((one) => one !== item) : [...list, item]
}

/** Makes an API token: what it is for, in which projects, and until when. It is shown once. */
export function TokenForm() {
  const cache = useQueryClient()
  const [name, setName] = useState('')
  const [purpose, setPurpose] = useState<Purpose>('write')
  const [chosen, setChosen] = useState<Permission[]>([])
  const [projects, setProjects] = useState<string[]>([])
  const [days, setDays] = useState('90')
  const make = useMutation({
    mutationFn: () =>
      call('createToken', {
        body: {
          name: name.trim(),
          scopes: purpose === 'chosen' ? chosen : purpose,
          ...(projects.length > 0 ? { projects } : {}),
          expiresInDays: days === 'never' ? 'never' : Number(days),
        },
      }),
    onSuccess: () => {
      setName('')
      return cache.invalidateQueries({ queryKey: ['account', 'tokens'] })
    },
  })
  return (
    <form
      className="stack"
      aria-label="New API token"
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate()
      }}
    >
      {make.data ? (
        <div role="status" className="stack">
          <p>This is the only time that the token is shown:</p>
          <code className="command-line" data-testid="new-token">
            {make.data.token}
          </code>
        </div>
      ) : null}
      <div className="row row-wrap" style={{ alignItems: 'flex-end' }}>
        <TextInput
          label="Name of the token"
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label="For"
          data={[...presets]}
          value={purpose}
          onChange={(event) =>
            setPurpose(presets.find(({ value }) => value === event.currentTarget.value)?.value ?? 'read')
          }
        />
        <NativeSelect
          label="Ends after"
          data={ends}
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
      </div>
      {purpose === 'chosen' ? (
        <Choice
          title="Permissions"
          items={choices.map((value) => ({ value, label: value }))}
          chosen={chosen}
          onToggle={(value) =>
            setChosen(toggled(chosen, choices.find((one) => one === value) ?? 'session.read'))
          }
        />
      ) : null}
      <ProjectChoice chosen={projects} onToggle={(slug) => setProjects(toggled(projects, slug))} />
      {make.error ? <ProblemNote error={make.error} /> : null}
      <div>
        <Button
          type="submit"
          disabled={!name.trim() || (purpose === 'chosen' && chosen.length === 0)}
          loading={make.isPending}
        >
          Make the token
        </Button>
      </div>
    </form>
  )
}

function ProjectChoice({ chosen, onToggle }: { chosen: string[]; onToggle: (slug: string) => void }) {
  const projects = useQuery(queries.projects()).data ?? []
  if (projects.length === 0) return null
  return (
    <Choice
      title="Only in these projects (none: all of yours)"
      items={projects.map(({ slug, name }) => ({ value: slug, label: name }))}
      chosen={chosen}
      onToggle={onToggle}
    />
  )
}

interface ChoiceProps {
  title: string
  items: { value: string; label: string }[]
  chosen: readonly string[]
  onToggle: (value: string) => void
}

function Choice({ title, items, chosen, onToggle }: ChoiceProps) {
  return (
    <fieldset className="choice">
      <legend>{title}</legend>
      {items.map(({ value, label }) => (
        <Checkbox
          key={value}
          size="xs"
          label={label}
          checked={chosen.includes(value)}
          onChange={() => onToggle(value)}
        />
      ))}
    </fieldset>
  )
}
