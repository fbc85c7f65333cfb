import { Failure } from '@signalbox/core/base/failure.ts'
import { findChange, listChanges } from '../db/changes.ts'
import { summaryFacts } from '../db/project-cards.ts'
import { pullRequestByChange } from '../db/pull-requests.ts'
import type { ChangeRow } from '../db/state-of.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject, projectFilter } from './project-handlers.ts'
import { readChange } from './read-change.ts'
import type { ServerDeps } from './server-deps.ts'
import { changeSummary } from './views/change-view.ts'

type ChangeHandlers = Pick<
  Handlers,
  | 'createChange'
  | 'listChanges'
  | 'getChange'
  | 'getChangeDiff'
  | 'sendMessage'
  | 'decidePlan'
  | 'approveChange'
  | 'mergeChange'
  | 'retryChange'
  | 'cancelChange'
>

const maxDiffBytes = 1024 * 1024

async function mustFindChange(deps: ServerDeps, id: string): Promise<ChangeRow> {
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
