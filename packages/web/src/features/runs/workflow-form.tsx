import { Button } from '@mantine/core'
import type { WorkflowFileView } from '@signalbox/core/contract/views/workflows.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { fieldErrors, problemOf } from '../../lib/problem.ts'
import { queries } from '../../lib/queries.ts'
import { checkValues, type FieldValues, requestValues, startValues } from './input-values.ts'
import { WorkflowField } from './workflow-field.tsx'

interface WorkflowFormProps {
  /** Its slug. */
  project: string
  /** Undefined: the default branch. */
  branch: string | undefined
  workflow: WorkflowFileView
  onClose: () => void
}

/** The inputs of a workflow, and the button that runs it and goes to its run. */
export function WorkflowForm({ project, branch, workflow, onClose }: WorkflowFormProps) {
  const { inputs } = workflow
  const [values, setValues] = useState<FieldValues>(() => startValues(inputs))
  const [tried, setTried] = useState(false)
  const start = useStart(project, onClose)
  const own = tried ? checkValues(inputs, values) : {}
  const told = start.error ? fieldErrors(problemOf(start.error), 'inputs.') : {}
  const errors = { ...told, ...own }
  const elsewhere = start.error !== null && !inputs.some(({ name }) => told[name])
  function submit() {
    setTried(true)
    const wrong = checkValues(inputs, values)
    const [first] = inputs.filter(({ name }) => wrong[name])
    if (first) {
      document.querySelector<HTMLElement>(`[data-testid="workflow-field-${CSS.escape(first.name)}"]`)?.focus()
      return
    }
    start.mutate({ workflow: workflow.file, branch, inputs: requestValues(inputs, values) })
  }
  return (
    <form
      className="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {inputs.map((input) => (
        <WorkflowField
          key={input.name}
          project={project}
          input={input}
          value={values[input.name] ?? ''}
          error={errors[input.name]}
          onChange={(value) => setValues((before) => ({ ...before, [input.name]: value }))}
        />
      ))}
      {branch ? (
        <p className="muted">
          The run gets no secrets: only what stands on the default branch is trusted with them.
        </p>
      ) : null}
      {elsewhere ? <ProblemNote error={start.error} /> : null}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button onClick={onClose}>Close</Button>
        <PermittedButton
          permission="run.write"
          project={project}
          type="submit"
          variant="filled"
          loading={start.isPending}
          data-testid="workflow-run"
        >
          Run {workflow.name}
        </PermittedButton>
      </div>
    </form>
  )
}

/** Starts a run and goes to it. */
function useStart(project: string, onClose: () => void) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: (body: Parameters<typeof call<'createRun'>>[1]['body']) =>
      call('createRun', { params: { project }, body }),
    onSuccess: (run) => {
      cache.setQueryData(queries.run(run.id).queryKey, run)
      void cache.invalidateQueries({ queryKey: ['runs'] })
      onClose()
      void navigate({ to: '/runs/$id', params: { id: run.id } })
    },
  })
}
