import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { AgentRunView } from '@signalbox/core/contract/views/agents.ts'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import { waitingQuestions } from '../db/agent-questions.ts'
import { agentRunByChange, listAgentEvents } from '../db/agent-runs.ts'
import { checksByPullRequest } from '../db/checks.ts'
import { findEnvironment } from '../db/environments.ts'
import { evidenceByChange } from '../db/evidence.ts'
import { summaryFacts } from '../db/project-cards.ts'
import { findProject } from '../db/projects.ts'
import { pullRequestByChange } from '../db/pull-requests.ts'
import { runsByChange } from '../db/runs.ts'
import type { ChangeRow, DeploymentRow } from '../db/state-of.ts'
import type { ServerDeps } from './server-deps.ts'
import { agentRunView } from './views/agent-view.ts'
import { changeSummary, changeVerbs } from './views/change-view.ts'
import { deploymentView } from './views/deployment-view.ts'
import { evidenceView, gateView, pullRequestView } from './views/pull-request-view.ts'
import { runSummary } from './views/run-view.ts'

/** One change with all that its page shows, in a fixed number of statements. */
export async function readChange(deps: ServerDeps, change: ChangeRow): Promise<ChangeDetail> {
  const { db } = deps
  const [facts, project, agentRun, pullRequest, runs, evidence] = await Promise.all([
    summaryFacts(db, [change]),
    findProject(db, change.project_id),
    readAgentRun(deps, change.id),
    pullRequestByChange(db, change.id),
    runsByChange(db, change.id),
    evidenceByChange(db, change.id),
  ])
  const fact = facts.get(change.id) ?? { projectSlug: '', deployment: null, merged: false, asks: null }
  const [checks, deployment] = await Promise.all([
    pullRequest ? checksByPullRequest(db, pullRequest.id) : [],
    fact.deployment ? readDeployment(deps, fact.deployment) : null,
  ])
  const settings = ProjectSettings.parse(project?.settings ?? {})
  const summary = changeSummary(change, fact)
  return {
    ...summary,
    reason: summary.reason ?? (await whyItWaits(deps, change, runs)),
    goal: change.goal,
    fixAttempts: change.fix_attempts,
    maxFixAttempts: settings.validation.maxRetries,
    retryAt: change.retry_at?.toISOString() ?? null,
    agentRun,
    pullRequest: pullRequest ? pullRequestView(pullRequest, checks) : null,
    runs: runs.map((run) => runSummary(run, fact.projectSlug)),
    evidence: evidence.map(evidenceView),
    gate: pullRequest ? gateView(change, pullRequest, { checks, settings }) : null,
    deployment,
    verbs: changeVerbs(change, agentRun !== null, (agentRun?.questions.length ?? 0) > 0),
  }
}

/** Work that no worker can take would otherwise look as if it moved. */
async function whyItWaits(
  deps: ServerDeps,
  change: ChangeRow,
  runs: { status: string }[],
): Promise<string | null> {
  if (change.status === 'completed' || !runs.some((run) => run.status !== 'completed')) return null
  const worker = await deps.probes.worker()
  return worker.status === 'ok' ? null : `Waits for a worker. ${worker.detail}`
}

async function readAgentRun(deps: ServerDeps, changeId: string): Promise<AgentRunView | null> {
  const row = await agentRunByChange(deps.db, changeId)
  if (!row) return null
  const [events, questions] = await Promise.all([
    listAgentEvents(deps.db, { agentRunId: row.id }),
    row.status === 'in_progress' ? waitingQuestions(deps.db, row.id) : [],
  ])
  const driver = deps.agentDrivers.get(row.driver) ?? { label: row.driver, scripted: false }
  return agentRunView(row, { events, questions, driver })
}

/** One deployment with where it goes. */
export async function readDeployment(deps: ServerDeps, row: DeploymentRow): Promise<DeploymentView> {
  const environment = await findEnvironment(deps.db, row.environment_id)
  return deploymentView(row, { environment, ingressPort: deps.config.ingressPort })
}
