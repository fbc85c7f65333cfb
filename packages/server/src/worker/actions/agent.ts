import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { collectTree } from '@signalbox/engine/actions/collect-tree.ts'
import type { AgentEvent, AgentTurnResult } from '@signalbox/engine/agent/port.ts'
import type { ActionContext, BuiltinAction } from '@signalbox/engine/job/port.ts'
import {
  type AgentEventRow,
  appendAgentEvents,
  findAgentRun,
  forgetTurn,
  listAgentEvents,
  type NewAgentEvent,
} from '../../db/agent-runs.ts'
import { findProject } from '../../db/projects.ts'
import type { AgentRunRow, JobRow, RunRow } from '../../db/state-of.ts'
import type { WorkerDeps } from '../deps.ts'
import { persist } from '../reporter.ts'

const maxAnswer = 20_000

/** `signalbox/agent`: one turn of the conversation that the run is for; its result stands in the outputs. */
export function agentAction(deps: WorkerDeps, run: RunRow, job: JobRow): BuiltinAction {
  return {
    name: 'signalbox/agent',
    inputs: {},
    run: (context) => runTurn(deps, run, job, context),
  }
}

async function runTurn(deps: WorkerDeps, run: RunRow, job: JobRow, context: ActionContext) {
  const agentRun = await readAgentRun(deps, run)
  const settings = await readSettings(deps, run)
  const driver = deps.drivers.get(agentRun.driver)
  if (!driver) throw new Failure('unknown-agent', `There is no agent named ${agentRun.driver} here.`)
  // A turn whose worker was lost is played again from its start: its half conversation goes.
  const mine = { id: job.id, fence: job.fence }
  if (!(await forgetTurn(deps.db, { agentRunId: agentRun.id, turn: agentRun.turn, job: mine }))) {
    throw new Failure('job-lost', 'Another worker took this job over.')
  }
  const events = await listAgentEvents(deps.db, { agentRunId: agentRun.id })
  const prompt = events.find((e) => e.turn === agentRun.turn && e.kind === 'prompt')
  if (!prompt) throw new Failure('agent-result-missing', `Turn ${agentRun.turn} has no prompt.`)
  const mode = prompt.data['mode'] === 'plan' ? 'plan' : 'work'
  await context.log(
    'system',
    `${driver.label}, turn ${agentRun.turn}, ${mode === 'plan' ? 'to plan' : 'to work'}`,
  )
  const record = createRecorder(deps, { agentRun, job, context, afterSeq: prompt.seq })
  const result = await driver.run({
    sandbox: context.sandbox,
    mode,
    prompt: prompt.body,
    history: historyOf(events, agentRun.turn),
    turn: agentRun.turn,
    settings: await driverSettings(deps, run, settings),
    timeoutMs: settings.agent.timeoutMinutes * 60_000,
    onEvent: record.event,
    signal: context.signal,
  })
  await record.end(result)
  if (result.outcome !== 'completed') {
    throw new Failure('agent-failed', result.reason ?? `The agent's turn ended as ${result.outcome}.`)
  }
  const answer = result.answer.slice(0, maxAnswer)
  const collected = await collectTree(context.sandbox, {
    base: run.commit_id,
    gitDir: deps.forge.gitDir(run.project_id),
    signal: context.signal,
  })
  if (mode === 'plan') {
    if (collected.changed)
      await context.log('system', 'Asked for a plan only: its changes to files are dropped.')
    return { outputs: { response: 'plan', tree: '', answer, outcome: 'completed', reason: '' } }
  }
  const response = collected.changed ? 'pr' : 'regular'
  await context.log('system', collected.changed ? `Changed tree ${collected.tree}` : 'No file was changed.')
  return { outputs: { response, tree: collected.tree, answer, outcome: 'completed', reason: '' } }
}

async function readAgentRun(deps: WorkerDeps, run: RunRow): Promise<AgentRunRow> {
  const id = run.subject['agentRunId']
  const agentRun = typeof id === 'string' ? await findAgentRun(deps.db, id) : undefined
  if (!agentRun) {
    throw new Failure('no-conversation', 'This run is not for a conversation with an agent.', {
      hint: 'signalbox/agent@v1 works in the runs that a goal starts.',
    })
  }
  return agentRun
}

async function readSettings(deps: WorkerDeps, run: RunRow): Promise<ProjectSettings> {
  const project = await findProject(deps.db, run.project_id)
  return ProjectSettings.parse(project?.settings ?? {})
}

/** What was said before this turn: prompts and the agent's answers, oldest first. */
function historyOf(events: AgentEventRow[], turn: number) {
  return events
    .filter((e) => e.turn < turn && (e.kind === 'prompt' || e.kind === 'end'))
    .map((e) => ({
      role: e.role === 'person' || e.role === 'platform' ? e.role : ('agent' as const),
      text: e.body,
    }))
}

/** The script of `scripted` comes from the commit of the default branch that the conversation starts from. */
async function driverSettings(
  deps: WorkerDeps,
  run: RunRow,
  settings: ProjectSettings,
): Promise<Record<string, string>> {
  const { driver, command, script } = settings.agent
  if (driver !== 'scripted') return { command }
  const project = await findProject(deps.db, run.project_id)
  const head = project && (await deps.forge.head(project.id, project.default_branch))
  const file = head && (await deps.forge.readFile(run.project_id, head, script, 1024 * 1024))
  return file ? { scriptFile: script, scriptText: file.text } : { scriptFile: script }
}

/** Stores what the agent does as it does it, in order, and shows it in the step's log. */
function createRecorder(
  deps: WorkerDeps,
  turn: { agentRun: AgentRunRow; job: JobRow; context: ActionContext; afterSeq: number },
) {
  const { agentRun, job, context } = turn
  let { afterSeq } = turn
  async function add(
    role: 'agent' | 'platform',
    kind: NewAgentEvent['kind'],
    body: string,
    data: Record<string, unknown>,
  ) {
    const entry = { agentRunId: agentRun.id, turn: agentRun.turn, job: { id: job.id, fence: job.fence } }
    const events = [{ role, kind, body, data }]
    const stored = await persist(deps, () => appendAgentEvents(deps.db, { ...entry, events, afterSeq }))
    afterSeq = stored?.at(-1)?.seq ?? afterSeq
    if (!stored) throw new Failure('job-lost', 'Another worker took this job over.')
  }
  return {
    async event(event: AgentEvent): Promise<void> {
      const { type, ...data } = event
      const text = textOf(event)
      if (text !== '') await context.log('stdout', text)
      await add('agent', type, text, data)
    },
    async end(result: AgentTurnResult): Promise<void> {
      await add('agent', 'end', result.reason ?? result.answer, { outcome: result.outcome })
    },
  }
}

function textOf(event: AgentEvent): string {
  switch (event.type) {
    case 'message':
    case 'output':
      return event.text
    case 'tool_call':
      return event.title
    case 'tool_result':
      return event.output
    case 'plan':
      return event.entries.map((entry) => `- ${entry.text}`).join('\n')
    case 'usage':
      return ''
  }
}
