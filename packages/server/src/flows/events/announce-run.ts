import { findProject } from '../../db/projects.ts'
import type { RunRow } from '../../db/state-of.ts'
import type { FlowDeps } from '../deps.ts'
import { parseSource } from '../runs/workflow-source.ts'
import type { Announcement } from './announce.ts'

/** As many runs may follow one another by workflow_run, as on GitHub. */
const longestChain = 3

/**
 * That a run of a workflow of the repository has ended, for workflows that follow it by `workflow_run`: they are
 * read from the default branch and trusted. Undefined for runs of the platform's own and at the end of a chain.
 */
export async function runEnded(
  deps: Pick<FlowDeps, 'db' | 'forge'>,
  run: RunRow,
  conclusion: string,
): Promise<Announcement | undefined> {
  if (run.kind !== 'event' && run.kind !== 'manual') return undefined
  if (run.workflow_source !== 'repository' || run.event_depth >= longestChain) return undefined
  const project = await findProject(deps.db, run.project_id)
  const commit = project && (await deps.forge.head(project.id, project.default_branch))
  if (!project || !commit) return undefined
  const { workflow } = parseSource({ file: run.workflow_file, text: run.workflow_text })
  const name = workflow?.name ?? run.workflow_file.split('/').pop() ?? run.workflow_file
  const branch = branchOf(run)
  return {
    projectId: run.project_id,
    name: 'workflow_run',
    action: 'completed',
    ref: `refs/heads/${project.default_branch}`,
    branch,
    commit,
    trusted: true,
    depth: run.event_depth + 1,
    key: `workflow_run ${run.id} completed`,
    payload: {
      workflow: { name, path: run.workflow_file },
      workflow_run: {
        id: run.id,
        name,
        path: run.workflow_file,
        run_number: run.number,
        run_attempt: run.attempt,
        event: run.event_name ?? 'workflow_dispatch',
        status: 'completed',
        conclusion,
        head_branch: branch,
        head_sha: run.commit_id,
      },
    },
  }
}

/** The branch that a run was about: of a pull request's its own, not the base. */
function branchOf(run: RunRow): string {
  const pullRequest = run.event['pull_request']
  const head = isMap(pullRequest) ? pullRequest['head'] : undefined
  const ref = isMap(head) ? head['ref'] : undefined
  return typeof ref === 'string' ? ref : run.ref.replace(/^refs\/(heads|tags)\//, '')
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
