import { Button, Modal, SegmentedControl, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Bone, Loaded, ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { AgentLine } from './agent-line.tsx'

interface GoalDialogProps {
  /** The project's slug; null while closed. */
  project: string | null
  onClose: () => void
}

/** Asks for a goal, gives it to the project's agent, and goes to the change that it became. */
export function GoalDialog({ project, onClose }: GoalDialogProps) {
  const known = useQuery(queries.projects()).data?.find(({ slug }) => slug === project)
  return (
    <Modal
      opened={project !== null}
      onClose={onClose}
      title={`What shall be done in ${known?.name ?? project ?? 'it'}?`}
      size="lg"
    >
      {project === null ? null : <GoalForm project={project} onClose={onClose} />}
    </Modal>
  )
}

function GoalForm({ project, onClose }: { project: string; onClose: () => void }) {
  const detail = useQuery(queries.project(project))
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [goal, setGoal] = useState('')
  const [mode, setMode] = useState<'auto' | 'plan'>('auto')
  const create = useMutation({
    mutationFn: () => call('createChange', { params: { project }, body: { goal: goal.trim(), mode } }),
    onSuccess: (change) => {
      cache.setQueryData(queries.change(change.id).queryKey, change)
      void cache.invalidateQueries({ queryKey: ['projects'] })
      void cache.invalidateQueries({ queryKey: ['changes'] })
      onClose()
      void navigate({ to: '/changes/$id', params: { id: change.id } })
    },
  })
  function submit() {
    if (goal.trim() && !create.isPending) create.mutate()
  }
  return (
    <form
      className="stack"
      data-testid="goal-dialog"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        submit()
      }}
    >
      <Textarea
        label="Goal"
        labelProps={{ className: 'hidden-visually' }}
        placeholder="Say what should be different afterwards, and how one can tell."
        autosize
        minRows={4}
        maxRows={14}
        value={goal}
        onChange={(event) => setGoal(event.currentTarget.value)}
        data-autofocus
        data-testid="goal-input"
      />
      <Loaded query={detail} bones={<Bone height={30} />}>
        {(data) => (
          <>
            {data.exampleGoals.length > 0 ? (
              <div className="stack" style={{ gap: 6 }}>
                <span className="muted">The sample's script knows these goals:</span>
                <div className="row row-wrap">
                  {data.exampleGoals.map((example) => (
                    <button
                      key={example}
                      type="button"
                      className="chip"
                      aria-pressed={goal === example}
                      data-testid="goal-example"
                      onClick={() => setGoal(example)}
                    >
                      {example}
                    </button>
                  ))}
                </div>
              </div>
            ) : null}
            <AgentLine slug={project} agent={data.settings.agent} />
          </>
        )}
      </Loaded>
      {create.error ? <ProblemNote error={create.error} /> : null}
      <div className="row row-wrap">
        <SegmentedControl
          aria-label="How far it goes alone"
          value={mode}
          onChange={(value) => setMode(value === 'plan' ? 'plan' : 'auto')}
          data={[
            { value: 'auto', label: 'Do it' },
            { value: 'plan', label: 'Plan first' },
          ]}
        />
        <span className="grow muted">{mode === 'plan' ? 'You confirm the plan before any code.' : ''}</span>
        <Button
          type="submit"
          variant="filled"
          loading={create.isPending}
          disabled={!goal.trim()}
          data-testid="goal-submit"
          rightSection={<kbd>Ctrl ↵</kbd>}
        >
          Give the goal
        </Button>
      </div>
    </form>
  )
}
