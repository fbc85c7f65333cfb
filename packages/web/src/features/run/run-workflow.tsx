import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { YamlView } from '../../components/code-view.tsx'

/** The workflow as this run executed it. */
export function RunWorkflow({ run }: { run: RunDetail }) {
  const made = run.workflowSource === 'generated'
  return (
    <div className="stack" style={{ gap: 8 }}>
      <p className="muted">
        <code>{run.workflowFile}</code>
        {made ? ' · made from the project’s settings' : ' · from the repository’s base commit'}
      </p>
      <YamlView text={run.workflowText} label={`Workflow ${run.workflowFile}`} />
    </div>
  )
}
