import { Button } from '@mantine/core'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { FilterInput } from '../components/filter-input.tsx'
import { PermittedButton } from '../components/permitted-button.tsx'
import { RunList } from '../features/runs/run-list.tsx'
import { RunWorkflowDialog } from '../features/runs/run-workflow-dialog.tsx'
import { useTitle } from '../lib/use-title.ts'

const route = getRouteApi('/runs')

/** `/runs`: all runs, or those of a project. */
export function RunsPage() {
  const { project, q, start } = route.useSearch()
  useTitle(project ? `Runs of ${project}` : 'Runs')
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  function close() {
    setAsking(false)
    if (start) void navigate({ to: '/runs', search: { project, q }, replace: true })
  }
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Runs{project ? <span className="muted"> of {project}</span> : null}</h1>
        <FilterInput
          label="Filter runs"
          value={q ?? ''}
          onChange={(value) =>
            void navigate({ to: '/runs', search: { project, q: value || undefined }, replace: true })
          }
        />
        <Link className="link" to="/insights" search={{ project }}>
          Insights
        </Link>
        {project ? (
          <PermittedButton
            permission="run.write"
            project={project}
            onClick={() => setAsking(true)}
            data-testid="run-workflow-button"
          >
            Run a workflow
          </PermittedButton>
        ) : (
          <Button onClick={() => setAsking(true)}>Run a workflow</Button>
        )}
      </div>
      <RunWorkflowDialog project={project} open={asking || start === true} onClose={close} />
      <RunList project={project} filter={q ?? ''} />
    </div>
  )
}
