import { Failure } from '@signalbox/core/base/failure.ts'
import {
  deadlockReason,
  enterGroup,
  fullReason,
  type GroupWish,
  groupWish,
  overtakenReason,
  replacedReason,
} from '@signalbox/core/plan/enter-group.ts'
import type { Concurrency } from '@signalbox/core/workflow/model.ts'
import type { Transaction } from 'kysely'
import { inTransaction } from '../../db/connect.ts'
import {
  addToGroup,
  findGroupMember,
  type GroupMemberRow,
  type GroupPlace,
  giveGroup,
  groupMembers,
  groupsOfRun,
  keepInGroup,
  lockGroup,
} from '../../db/group-members.ts'
import { findJob, requestJobCancel } from '../../db/jobs.ts'
import { findRun } from '../../db/runs.ts'
import type { Database } from '../../db/schema.ts'
import { moveJob } from '../../db/state.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import { appendEvent } from '../../events/append.ts'
import type { FlowDeps } from '../deps.ts'
import { askToCancel } from './ask-to-cancel.ts'

/** Who enters a group: a run as a whole, or one job of it. */
interface Subject {
  run: RunRow
  job?: JobRow
}

/** `ended`: it cannot enter, why, and how it ends. */
export type GroupTurn =
  | { state: 'holds' | 'waits' }
  | { state: 'ended'; conclusion: 'cancelled' | 'failure'; reason: string }

/**
 * Whether a run or a job has its group: it enters the first time and asks for it again later. Idempotent; what it
 * replaces or cancels in the group is stored with its entry. `contexts` are read once, at the entry.
 */
export async function takeGroup(
  deps: FlowDeps,
  subject: Subject,
  concurrency: Concurrency,
  contexts: Parameters<typeof groupWish>[1],
): Promise<GroupTurn> {
  const { run, job } = subject
  const member = await findGroupMember(deps.db, { runId: run.id, jobId: job?.id ?? null })
  if (member?.holds) return { state: 'holds' }
  if (member) return { state: (await askAgain(deps, member)) ? 'holds' : 'waits' }
  let wish: GroupWish | undefined
  try {
    wish = groupWish(concurrency, contexts)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { state: 'ended', conclusion: 'failure', reason: `concurrency: ${error.message}` }
  }
  if (!wish) return { state: 'holds' }
  const asked = wish
  return await inTransaction(deps.db, (tx) => enter(deps, tx, subject, asked))
}

async function enter(
  deps: FlowDeps,
  tx: Transaction<Database>,
  { run, job }: Subject,
  wish: GroupWish,
): Promise<GroupTurn> {
  const place = { projectId: run.project_id, key: wish.key }
  await lockGroup(tx, place)
  const members = await settled(deps, tx, place)
  const mine = members.find((member) => (job ? member.job_id === job.id : isRun(member, run)))
  // Another server was faster with the same decision.
  if (mine) return { state: mine.holds ? 'holds' : 'waits' }
  if (!(await stillWants(tx, { run, job }))) return { state: 'waits' }
  if (job && members.some((member) => member.holds && isRun(member, run))) {
    return { state: 'ended', conclusion: 'cancelled', reason: deadlockReason(wish.group) }
  }
  const entry = enterGroup(
    members.map((member) => ({
      id: member,
      holds: member.holds,
      protected: member.trusted && !run.trusted,
    })),
    wish,
  )
  if (entry.state === 'refused') {
    return { state: 'ended', conclusion: 'cancelled', reason: fullReason(wish.group) }
  }
  const by = job ? `the job ${job.key} of run #${run.number}` : `run #${run.number}`
  for (const member of entry.replace) await endMember(deps, tx, member, replacedReason(wish.group, by))
  for (const member of entry.cancel) await endMember(deps, tx, member, overtakenReason(wish.group, by))
  const gone = new Set(entry.replace.map((member) => member.id))
  await keepInGroup(
    tx,
    place,
    members.filter((member) => !gone.has(member.id)).map((member) => member.id),
  )
  const holds = entry.state === 'holds'
  await addToGroup(tx, { ...place, name: wish.group, runId: run.id, jobId: job?.id ?? null, holds })
  if (!holds) {
    const { project_id: projectId, change_id: changeId, id: runId } = run
    const data = { group: wish.group }
    const what = job ? { type: 'job.held', jobId: job.id } : { type: 'run.held' }
    await appendEvent(tx, { ...what, projectId, changeId, runId, data })
  }
  return { state: entry.state }
}

/** Not once it was cancelled, or began or ended, since it was read. */
async function stillWants(tx: Transaction<Database>, { run, job }: Subject): Promise<boolean> {
  if (job) return (await findJob(tx, job.id))?.status === 'queued'
  const now = await findRun(tx, run.id)
  return now?.status === 'queued' && !now.cancel_requested
}

function isRun(member: GroupMemberRow, run: RunRow): boolean {
  return member.job_id === null && member.run_id === run.id
}

/** The members as they stand once a free group went to who waits longest. The group is locked. */
async function settled(deps: FlowDeps, tx: Transaction<Database>, place: GroupPlace) {
  const members = await groupMembers(tx, place)
  if (members.some((member) => member.holds)) return members
  const ids = members.map((member) => member.id)
  await keepInGroup(tx, place, ids)
  const [first] = members
  if (!first) return members
  await giveGroup(tx, first.id)
  first.holds = true
  await deps.queue.send(tx, 'advance-run', { runId: first.run_id })
  return members
}

async function askAgain(deps: FlowDeps, member: GroupMemberRow): Promise<boolean> {
  return await inTransaction(deps.db, async (tx) => {
    const place = { projectId: member.project_id, key: member.group_key }
    await lockGroup(tx, place)
    const members = await settled(deps, tx, place)
    return members.some((one) => one.id === member.id && one.holds)
  })
}

/** Ends what gives way: what runs is asked to, what waits ends at once and is decided on again. */
async function endMember(
  deps: FlowDeps,
  tx: Transaction<Database>,
  member: GroupMemberRow,
  reason: string,
): Promise<void> {
  const run = await findRun(tx, member.run_id)
  if (!run || run.status === 'completed') return
  if (member.job_id === null) return await askToCancel(deps, tx, run, { reason })
  // Its worker may claim it in between; what runs then is asked.
  for (let tries = 0; tries < 5; tries++) {
    if (await requestJobCancel(tx, member.job_id, reason)) {
      // No worker has one that calls a workflow: its run tells those that it called.
      return await deps.queue.send(tx, 'advance-run', { runId: run.id })
    }
    const job = await findJob(tx, member.job_id)
    if (job?.status !== 'queued') return
    const moved = await moveJob(tx, {
      id: job.id,
      fence: job.fence,
      event: { type: 'complete', conclusion: 'cancelled' },
      now: deps.clock.now(),
      patch: { reason, log_complete: true },
    })
    if (moved.ok) return await deps.queue.send(tx, 'advance-run', { runId: run.id })
  }
  throw new Failure('stale-fence', 'A job of the group moved on again and again.', { retryable: true })
}

/** Hands on the groups of what has ended of a run, all of it or these jobs: who waits longest is decided on at once. */
export async function handOnGroups(deps: FlowDeps, run: Pick<RunRow, 'id'>, ended?: JobRow[]): Promise<void> {
  const groups = await groupsOfRun(deps.db, run.id)
  const free = (member: GroupMemberRow) => !ended || ended.some((job) => job.id === member.job_id)
  for (const group of groups.filter((member) => member.holds && free(member))) {
    await inTransaction(deps.db, async (tx) => {
      const place = { projectId: group.project_id, key: group.group_key }
      await lockGroup(tx, place)
      await settled(deps, tx, place)
    })
  }
}
