import { Modal } from '@mantine/core'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { type Entry, useEntries } from './palette-entries.ts'

interface PaletteProps {
  open: boolean
  onClose: () => void
  /** Opens the goal dialog of a project. */
  onGoal: (slug: string) => void
}

/** Reaches every object and the main verbs by typing. */
export function Palette({ open, onClose, onGoal }: PaletteProps) {
  return (
    <Modal
      opened={open}
      onClose={onClose}
      padding={0}
      size="lg"
      yOffset="12vh"
      centered={false}
      title="Go to"
      styles={{ header: { padding: '8px 12px 0 16px' } }}
    >
      {open ? <PaletteList onClose={onClose} onGoal={onGoal} /> : null}
    </Modal>
  )
}

function PaletteList({ onClose, onGoal }: Omit<PaletteProps, 'open'>) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const entries = useEntries(text, onGoal)
  const picked = Math.min(at, entries.length - 1)
  useEffect(() => {
    document.getElementById(`palette-${picked}`)?.scrollIntoView({ block: 'nearest' })
  }, [picked])
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
