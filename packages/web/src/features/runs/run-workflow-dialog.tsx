import { Button, Modal, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'

interface RunWorkflowDialogProps {
  /** The project's slug. */
  project: string
  open: boolean
  onClose: () => void
}

/** Runs a workflow of the project's default branch and goes to its run. */
export function RunWorkflowDialog({ project, open, onClose }: RunWorkflowDialogProps) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [workflow, setWorkflow] = useState('')
  const create = useMutation({
    mutationFn: () => call('createRun', { params: { project }, body: { workflow: workflow.trim() } }),
    onSuccess: (run) => {
      cache.setQueryData(queries.run(run.id).queryKey, run)
      void cache.invalidateQueries({ queryKey: ['runs'] })
      onClose()
      void navigate({ to: '/runs/$id', params: { id: run.id } })
    },
  })
  return (
    <Modal opened={open} onClose={onClose} title={`Run a workflow of ${project}`}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <TextInput
          label="Workflow"
          description="Its file on the default branch, or its name in .signalbox/workflows or .github/workflows."
          placeholder=".signalbox/workflows/nightly.yml"
          value={workflow}
          onChange={(event) => setWorkflow(event.currentTarget.value)}
          data-autofocus
          data-testid="workflow-input"
          spellCheck={false}
        />
        {create.error ? <ProblemNote error={create.error} /> : null}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button onClick={onClose}>Close</Button>
          <PermittedButton
            permission="run.write"
            project={project}
            type="submit"
            variant="filled"
            loading={create.isPending}
            disabled={!workflow.trim()}
            data-testid="workflow-run"
          >
            Run it
          </PermittedButton>
        </div>
      </form>
    </Modal>
  )
}
