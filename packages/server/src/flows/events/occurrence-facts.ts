import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import type { OccurrenceRow } from '../../db/occurrences.ts'
import type { ProjectRow } from '../../db/projects.ts'
import type { FlowDeps } from '../deps.ts'
import type { GitFacts } from './event-payload.ts'

const commitsRead = 20

/** As announce-pull-request.ts writes it. */
const PullRequestPart = z.object({
  pull_request: z.object({ merge_commit_sha: z.string().nullable(), head: z.object({ sha: z.string() }) }),
})

function pullRequestOf({ payload }: OccurrenceRow) {
  return PullRequestPart.safeParse(payload).data?.pull_request
}

/** Events of which git can say what they change. */
const aboutCommits = ['push', 'pull_request', 'pull_request_target']

/** What git says of an occurrence: its head commit, the paths it changes, its commits. */
export async function factsOf(deps: FlowDeps, project: ProjectRow, row: OccurrenceRow): Promise<GitFacts> {
  if (!aboutCommits.includes(row.name)) return { commits: [] }
  const head = headOf(row)
  const [fact, base] = await Promise.all([
    deps.forge.commitFact(project.id, head),
    row.before_commit ?? forkOf(deps, project, row.commit_id),
  ])
  const changed = base === undefined ? undefined : await changedSince(deps, project.id, { base, row })
  const limit = commitsRead
  const commits =
    base === undefined || row.name !== 'push'
      ? []
      : await deps.forge.commitsBetween(project.id, { base, head, limit }).catch(ignoreUnknown)
  return { head: fact, ...(changed ? { changed } : {}), commits }
}

/** People ask in the message of their own commit, not in the platform's merge commit, to skip a run. */
function headOf(row: OccurrenceRow): string {
  return pullRequestOf(row)?.head.sha ?? row.commit_id
}

/** Where a new branch left the default one: undefined for the default branch itself and for unrelated histories. */
async function forkOf(deps: FlowDeps, project: ProjectRow, commit: string): Promise<string | undefined> {
  const main = await deps.forge.head(project.id, project.default_branch)
  return main === undefined || main === commit ? main : await deps.forge.mergeBase(project.id, main, commit)
}

/**
 * From tree to tree, as GitHub compares pushes; of a pull request what its merge would change. Undefined where the
 * list would be too long to hold: then no filter of paths stops it, as on GitHub.
 */
async function changedSince(
  deps: FlowDeps,
  projectId: string,
  { base, row }: { base: string; row: OccurrenceRow },
): Promise<string[] | undefined> {
  const to = pullRequestOf(row)?.merge_commit_sha ?? row.commit_id
  try {
    return await deps.forge.changedFiles(projectId, base, to)
  } catch (error) {
    if (error instanceof Failure && (error.code === 'git-failed' || error.code === 'unknown-commit'))
      return undefined
    throw error
  }
}

function ignoreUnknown(error: unknown): never[] {
  // A push that threw history away: where it stood before may be gone already.
  if (error instanceof Failure && error.code === 'unknown-commit') return []
  throw error
}
