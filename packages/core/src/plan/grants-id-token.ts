import type { Workflow, WorkflowJob } from '../workflow/model.ts'
import type { CallPath } from './job-state.ts'

/**
 * Whether a job may ask who it is: it, or else its workflow, says `id-token: write`, and so does each job that calls
 * it. A called workflow that says nothing has what its caller has; a workflow that nobody calls has nothing then.
 */
export function grantsIdToken(root: Workflow, calls: CallPath, key: string): boolean {
  let workflow: Workflow | undefined = root
  let granted = false
  for (const step of [...calls, { key }]) {
    const job: WorkflowJob | undefined = workflow?.jobs.find((one) => one.key === step.key)
    if (!workflow || !job) return false
    const said = job.permissions ?? workflow.permissions
    granted = workflow === root ? said?.idToken === true : granted && said?.idToken !== false
    workflow = job.call?.workflow
  }
  return granted
}
