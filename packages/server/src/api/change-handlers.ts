import { Failure } from '@signalbox/core/base/failure.ts'
import { agentRunByChange, listAgentEvents } from '../db/agent-runs.ts'
import { findChange, listChanges } from '../db/changes.ts'
import { summaryFacts } from '../db/project-cards.ts'
import { pullRequestByChange } from '../db/pull-requests.ts'
import type { ChangeRow } from '../db/state-of.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject, projectFilter } from './project-handlers.ts'
import { readChange } from './read-change.ts'
import type { ServerDeps } from './server-deps.ts'
import { conversationEntry } from './views/agent-view.ts'
import { changeSummary } from './views/change-view.ts'

type ChangeHandlers = Pick<
  Handlers,
  | 'createChange'
  | 'listChanges'
  | 'getChange'
  | 'getChangeDiff'
  | 'sendMessage'
  | 'decidePlan'
  | 'answerPermission'
  | 'listConversation'
  | 'approveChange'
  | 'mergeChange'
  | 'retryChange'
  | 'cancelChange'
>

const maxDiffBytes = 1024 * 1024

/** The change of an address; `not-found` when there is none. */
export async function mustFindChange(deps: ServerDeps, id: string): Promise<ChangeRow> {
  const change = await findChange(deps.db, id)
  if (change) return change
  throw new Failure('not-found', 'There is no such change.')
}

/** Changes: goals, conversation, plan, approval, merge. */
export function changeHandlers(deps: ServerDeps): ChangeHandlers {
  const show = async (id: string) => readChange(deps, await mustFindChange(deps, id))
  return {
    async createChange({ params, body }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      const { changeId } = await deps.flows.createChange({ projectId: project.id, ...body }, actor)
      return show(changeId)
    },
    async listChanges({ query }, { principal }) {
      const rows = await listChanges(deps.db, {
        ...(await projectFilter(deps, principal, query.project)),
        open: query.open === undefined ? undefined : query.open === 'true',
        before: query.before,
        limit: query.limit + 1,
      })
      const page = rows.slice(0, query.limit)
      const facts = await summaryFacts(deps.db, page)
      const items = page.flatMap((row) => {
        const fact = facts.get(row.id)
        return fact ? [changeSummary(row, fact)] : []
      })
      return { items, next: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null }
    },
    async getChange({ params }) {
      return show(params.change)
    },
    async getChangeDiff({ params }) {
      const change = await mustFindChange(deps, params.change)
      const pr = await pullRequestByChange(deps.db, change.id)
      if (!pr) throw new Failure('not-found', 'This change has no pull request yet.')
      return deps.forge.diff(change.project_id, pr.base_commit, pr.head_commit, maxDiffBytes)
    },
    async sendMessage({ params, body }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      await deps.flows.sendMessage({ changeId: change.id, text: body.text }, actor)
      return show(change.id)
    },
    async decidePlan({ params, body }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      await deps.flows.decidePlan({ changeId: change.id, ...body }, actor)
      return show(change.id)
    },
    async answerPermission({ params, body }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      const { allow, option } = body
      await deps.flows.answerPermission(
        { changeId: change.id, question: params.question, allow, option },
        actor,
      )
      return show(change.id)
    },
    async listConversation({ params, query }) {
      const change = await mustFindChange(deps, params.change)
      const agentRun = await agentRunByChange(deps.db, change.id)
      if (!agentRun) return { items: [], next: query.after ?? null }
      const [turn, seq] = (query.after ?? '').split('.').map(Number)
      const after = turn !== undefined && seq !== undefined ? { turn, seq } : { turn: 0, seq: 0 }
      const rows = await listAgentEvents(deps.db, { agentRunId: agentRun.id, after, limit: query.limit })
      const last = rows.at(-1)
      return {
        items: rows.map(conversationEntry),
        next: last ? `${last.turn}.${last.seq}` : (query.after ?? null),
      }
    },
    async approveChange({ params, body }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      await deps.flows.approveChange({ changeId: change.id, commit: body.commit }, actor)
      return show(change.id)
    },
    async mergeChange({ params }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      await deps.flows.mergeChange({ changeId: change.id }, actor)
      return show(change.id)
    },
    async retryChange({ params }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      await deps.flows.retryChange({ changeId: change.id }, actor)
      return show(change.id)
    },
    async cancelChange({ params }, { actor }) {
      const change = await mustFindChange(deps, params.change)
      await deps.flows.cancelChange({ changeId: change.id }, actor)
      return show(change.id)
    },
  }
}
