import { Modal } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useState } from 'react'
import { goKeys } from '../../lib/keys.ts'
import { matches } from '../../lib/match.ts'
import { queries } from '../../lib/queries.ts'

interface Entry {
  key: string
  label: string
  kind: string
  go: () => void
}

interface PaletteProps {
  open: boolean
  onClose: () => void
  /** Opens the goal dialog of a project. */
  onGoal: (slug: string) => void
}

/** Reaches every object and the main verbs by typing. */
export function Palette({ open, onClose, onGoal }: PaletteProps) {
  return (
    <Modal opened={open} onClose={onClose} padding={0} yOffset="12vh" centered={false} title="Go to">
      {open ? <PaletteList onClose={onClose} onGoal={onGoal} /> : null}
    </Modal>
  )
}

function PaletteList({ onClose, onGoal }: Omit<PaletteProps, 'open'>) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const entries = useEntries(onGoal)
    .filter((entry) => matches(text, entry.label, entry.kind))
    .slice(0, 12)
  const picked = Math.min(at, entries.length - 1)
  function choose(entry: Entry | undefined) {
    onClose()
    entry?.go()
  }
  function onKey(event: KeyboardEvent) {
    if (event.key === 'ArrowDown') setAt(Math.min(picked + 1, entries.length - 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(picked - 1, 0))
    else if (event.key === 'Enter') choose(entries[picked])
    else return
    event.preventDefault()
  }
  return (
    <div>
      <input
        className="palette-input"
        role="combobox"
        aria-label="Go to"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries[picked] ? `palette-${picked}` : undefined}
        placeholder="Project, change, page or verb"
        value={text}
        data-autofocus
        onKeyDown={onKey}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
      />
      <div id="palette-list" role="listbox" aria-label="Found" className="palette-list">
        {entries.map((entry, index) => (
          <div
            key={entry.key}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === picked}
            className="palette-entry"
            onMouseEnter={() => setAt(index)}
            onMouseDown={() => choose(entry)}
          >
            <span className="grow cut">{entry.label}</span>
            <span className="faint">{entry.kind}</span>
          </div>
        ))}
        {entries.length === 0 ? <p className="palette-entry muted">Nothing by that name.</p> : null}
      </div>
    </div>
  )
}

function useEntries(onGoal: (slug: string) => void): Entry[] {
  const navigate = useNavigate()
  const projects = useQuery(queries.projects()).data ?? []
  const changes = useQuery(queries.changes({})).data?.items ?? []
  const runs = useQuery({ ...queries.runs({}), enabled: true }).data?.items ?? []
  return [
    ...Object.entries(goKeys).map(([key, { to, name }]) => ({
      key: `page ${key}`,
      label: name,
      kind: `page · g ${key}`,
      go: () => void navigate({ to }),
    })),
    ...projects.flatMap((project) => [
      {
        key: `goal ${project.id}`,
        label: `Give ${project.name} a goal`,
        kind: 'verb',
        go: () => onGoal(project.slug),
      },
      {
        key: `project ${project.id}`,
        label: `Changes of ${project.name}`,
        kind: 'project',
        go: () => void navigate({ to: '/changes', search: { project: project.slug } }),
      },
      {
        key: `settings ${project.id}`,
        label: `Settings of ${project.name}`,
        kind: 'project',
        go: () => void navigate({ to: '/projects/$slug/settings', params: { slug: project.slug } }),
      },
    ]),
    ...changes.map((change) => ({
      key: change.id,
      label: `#${change.number} ${change.title}`,
      kind: `change · ${change.projectSlug}`,
      go: () => void navigate({ to: '/changes/$id', params: { id: change.id } }),
    })),
    ...runs.map((run) => ({
      key: run.id,
      label: `Run ${run.number} ${run.name}`,
      kind: `run · ${run.projectSlug}`,
      go: () => void navigate({ to: '/runs/$id', params: { id: run.id } }),
    })),
  ]
}
