import { TextInput } from '@mantine/core'
import type { ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { call } from '../../lib/api.ts'

/** Takes the project off, after its name was typed. */
export function DeleteProject({ project }: { project: ProjectDetail }) {
  const [asking, setAsking] = useState(false)
  const [typed, setTyped] = useState('')
  const cache = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => call('deleteProject', { params: { project: project.slug }, body: { confirm: typed } }),
    onSuccess: async () => {
      await navigate({ to: '/' })
      await cache.invalidateQueries({ queryKey: ['projects'] })
      await cache.invalidateQueries({ queryKey: ['changes'] })
    },
  })
  return (
    <div className="panel danger stack">
      <h2>Delete the project</h2>
      <p className="muted">
        Its live release is stopped; its mirror, changes and runs are deleted.
        {project.originUrl ? ' The repository that it came from stays.' : ''}
      </p>
      <div>
        <PermittedButton
          permission="project.delete"
          project={project.id}
          color="red"
          variant="outline"
          onClick={() => setAsking(true)}
        >
          Delete {project.name}…
        </PermittedButton>
      </div>
      <ConfirmDialog
        open={asking}
        title={`Delete ${project.name}`}
        verb={`Delete ${project.name}`}
        danger
        busy={remove.isPending}
        disabled={typed !== project.slug}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        <div className="stack">
          <p>This cannot be undone. What is live of it stops answering at once.</p>
          <TextInput
            label={
              <>
                Type <code>{project.slug}</code> to confirm
              </>
            }
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
        </div>
      </ConfirmDialog>
    </div>
  )
}
