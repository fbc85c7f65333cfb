import { Button, Modal, Switch, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { fieldErrors, problemOf } from '../../lib/problem.ts'

/** Mirrors a repository and makes it a project. */
export function AddProjectDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal opened={open} onClose={onClose} title="Add a project">
      {open ? <AddProjectForm onClose={onClose} /> : null}
    </Modal>
  )
}

function AddProjectForm({ onClose }: { onClose: () => void }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [source, setSource] = useState('')
  const [name, setName] = useState('')
  const [sync, setSync] = useState(false)
  const add = useMutation({
    mutationFn: () =>
      call('createProject', { body: { source: source.trim(), name: name.trim() || undefined, sync } }),
    onSuccess: async (project) => {
      await cache.invalidateQueries({ queryKey: ['projects'] })
      onClose()
      void navigate({
        to: '/projects/$slug/settings',
        params: { slug: project.slug },
        search: { tab: 'validation' },
      })
    },
  })
  const fields = add.error ? fieldErrors(problemOf(add.error)) : {}
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate()
      }}
    >
      <TextInput
        label="Repository"
        description="A path on the server's machine, or an https or ssh URL."
        placeholder="/home/me/app or https://git.example.org/app.git"
        value={source}
        onChange={(event) => setSource(event.currentTarget.value)}
        error={fields['source']}
        data-autofocus
        spellCheck={false}
      />
      <TextInput
        label="Name"
        description="Left empty, it is called as the repository."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fields['name']}
      />
      <Switch
        label="Push merges to where it came from"
        description="Only as a fast-forward; otherwise merges stay in Signalbox's mirror."
        checked={sync}
        onChange={(event) => setSync(event.currentTarget.checked)}
      />
      {add.error && Object.keys(fields).length === 0 ? <ProblemNote error={add.error} /> : null}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="filled" loading={add.isPending} disabled={!source.trim()}>
          Add the project
        </Button>
      </div>
    </form>
  )
}
