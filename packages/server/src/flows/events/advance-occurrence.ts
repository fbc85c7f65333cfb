import { Failure } from '@signalbox/core/base/failure.ts'
import type { JsonValue } from '@signalbox/core/base/json.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { filesLookedAt, type HappenedEvent, triggered } from '@signalbox/core/events/triggered.ts'
import { madeWorkflowFiles } from '@signalbox/core/workflow/make-workflows.ts'
import { eventFacts } from '@signalbox/core/workflow/read/event-table.ts'
import {
  endOccurrence,
  findOccurrence,
  lockOpenOccurrence,
  type OccurrenceRow,
} from '../../db/occurrences.ts'
import { findProject, type ProjectRow } from '../../db/projects.ts'
import type { StoredVerdict } from '../../db/schema/occurrences.ts'
import type { FlowDeps } from '../deps.ts'
import { startRun } from '../runs/start-run.ts'
import { errorsOf } from '../runs/workflow-source.ts'
import { type WorkflowAt, workflowsAt } from '../runs/workflows-at.ts'
import { eventPayload, type GitFacts } from './event-payload.ts'
import { factsOf } from './occurrence-facts.ts'
import { storeSchedules } from './schedules.ts'

/** Events that a person or a program asks for by name: no switch holds them back. */
const asked = ['repository_dispatch']

/** Who made the commits of agents' turns: see change-working.ts. */
const agentEmail = 'agent@signalbox.invalid'

interface Answer {
  verdict: StoredVerdict
  /** Undefined: it starts nothing. */
  start?: { workflow: WorkflowAt; name: string }
}

/**
 * Answers something that happened: every workflow file of its commit is asked, those that it triggers are started in
 * the transaction that says it was answered. Any number of calls, anywhere: each file is started once.
 */
export async function advanceOccurrence(deps: FlowDeps, id: string): Promise<void> {
  const row = await findOccurrence(deps.db, id)
  const project = row && (await findProject(deps.db, row.project_id))
  if (!row || !project || row.status === 'done') return
  const facts = await factsOf(deps, project, row)
  const off = whyOff(project, row, facts)
  const workflows =
    off && !movesDefault(project, row) ? [] : await workflowsAt(deps.forge, project.id, row.commit_id)
  const answers = off ? [] : answersOf(row, workflows, facts)
  const event = answers.some(({ start }) => start) ? await eventPayload(deps, project, { row, facts }) : {}
  await deps.db.transaction().execute(async (tx) => {
    if (!(await lockOpenOccurrence(tx, id))) return
    const verdicts: StoredVerdict[] = off ? [{ file: '', name: '', runs: false, ...off }] : []
    for (const { verdict, start } of answers) {
      verdicts.push(start ? await started(deps, tx, { row, event, start, verdict }) : verdict)
    }
    if (movesDefault(project, row)) await storeSchedules(deps, tx, { projectId: project.id, workflows })
    await endOccurrence(tx, { id, verdicts, now: deps.clock.now() })
    if (row.change_id) await deps.queue.send(tx, 'advance-change', { changeId: row.change_id })
  })
}

/** Why nothing at all is asked, or undefined. */
function whyOff(
  project: ProjectRow,
  row: OccurrenceRow,
  facts: GitFacts,
): Pick<StoredVerdict, 'by' | 'reason'> | undefined {
  const { workflows } = ProjectSettings.parse(project.settings)
  if (row.name === 'schedule' ? !workflows.schedules : !workflows.automatic && !asked.includes(row.name)) {
    return { by: 'off', reason: 'The project’s settings keep workflows from starting by themselves.' }
  }
  // On GitHub, too, what a token of the platform pushes starts nothing; the pull request is what runs.
  if (row.name === 'push' && !row.trusted && facts.head?.author.email === agentEmail) {
    return {
      by: 'agent',
      reason: 'Signalbox made this commit for an agent; its pull request starts workflows.',
    }
  }
  return undefined
}

/** The default branch stands elsewhere: the schedules of its workflows may be others. */
function movesDefault(project: ProjectRow, { name, ref }: OccurrenceRow): boolean {
  return name === 'push' && ref === `refs/heads/${project.default_branch}`
}

function answersOf(row: OccurrenceRow, workflows: WorkflowAt[], facts: GitFacts): Answer[] {
  const event = happened(row, facts)
  if (!event) return []
  return workflows.filter((one) => isAsked(row, one)).map((workflow) => answer(workflow, event))
}

function isAsked({ name, payload }: OccurrenceRow, { file }: WorkflowAt): boolean {
  // A time is that of one file.
  if (name === 'schedule') return file === payload['workflow']
  // The platform's own validation has started it for this pull request already.
  return name !== 'pull_request' || file !== madeWorkflowFiles.validation
}

function happened(row: OccurrenceRow, { head, changed }: GitFacts): HappenedEvent | undefined {
  const name = eventFacts(row.name)?.name
  const text = (key: string) => (typeof row.payload[key] === 'string' ? row.payload[key] : undefined)
  const { workflow_run: run } = row.payload
  const ran = typeof run === 'object' && run !== null && 'name' in run ? String(run.name) : undefined
  return (
    name && {
      name,
      ref: row.ref,
      ...(row.action === null ? {} : { action: row.action }),
      ...(row.branch === null ? {} : { branch: row.branch }),
      ...(changed ? { changed } : {}),
      ...(head ? { message: `${head.subject}\n\n${head.body}` } : {}),
      ...(ran === undefined ? {} : { workflow: ran }),
      ...(name === 'schedule' ? { schedule: text('schedule') ?? '' } : {}),
    }
  )
}

function answer(at: WorkflowAt, event: HappenedEvent): Answer {
  const { file, workflow } = at
  const plain = file.split('/').pop() ?? file
  if (!workflow) {
    const reason = errorsOf(at.diagnostics) ?? 'It is not a workflow.'
    return { verdict: { file, name: plain, runs: false, by: 'invalid', reason } }
  }
  const name = workflow.name ?? plain
  const jobs = [...new Set(workflow.jobs.flatMap((job) => [job.key, job.name?.source ?? job.key]))]
  const verdict = triggered(workflow, event)
  if (!verdict.runs) {
    // GitHub's limit may hide a file that matters: who adds three hundred others is not excused by that.
    const hidden = verdict.by === 'paths' && (event.changed?.length ?? 0) > filesLookedAt
    const by = hidden ? 'too-many-paths' : verdict.by
    return { verdict: { file, name, runs: false, by, reason: verdict.reason, jobs } }
  }
  return { verdict: { file, name, runs: true, jobs }, start: { workflow: at, name } }
}

/** Starts a run; what refuses it is its verdict, and keeps no other workflow from starting. */
async function started(
  deps: FlowDeps,
  tx: Parameters<typeof startRun>[1],
  {
    row,
    event,
    start,
    verdict,
  }: {
    row: OccurrenceRow
    event: Record<string, JsonValue>
    start: Required<Answer>['start']
    verdict: StoredVerdict
  },
): Promise<StoredVerdict> {
  const { source } = start.workflow
  if (!source) return verdict
  try {
    const runId = await startRun(deps, tx, {
      projectId: row.project_id,
      changeId: row.change_id,
      kind: 'event',
      name: start.name,
      workflow: source,
      commit: row.commit_id,
      ref: row.ref,
      trusted: row.trusted,
      subject: {},
      occurrence: { id: row.id, name: row.name, event, depth: row.depth },
    })
    return { ...verdict, runId }
  } catch (error) {
    // Thrown before anything of it was stored: the transaction goes on with the next one.
    if (!(error instanceof Failure) || error.code !== 'invalid-workflow') throw error
    return { ...verdict, runs: false, by: 'invalid', reason: error.message }
  }
}
