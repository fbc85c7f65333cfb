import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { collectTree } from '@signalbox/engine/actions/collect-tree.ts'
import type { AgentDriver, AgentSession, AgentTurn, AgentTurnResult } from '@signalbox/engine/agent/port.ts'
import type { ActionContext, BuiltinAction } from '@signalbox/engine/job/port.ts'
import { type AgentEventRow, findAgentRun, forgetTurn, listAgentEvents } from '../../db/agent-runs.ts'
import { agentSessionBefore, saveAgentSession } from '../../db/agent-sessions.ts'
import { findProject, type ProjectRow } from '../../db/projects.ts'
import type { AgentRunRow, JobRow, RunRow } from '../../db/state-of.ts'
import { createRecorder } from '../agents/agent-events.ts'
import { createPermissionDesk } from '../agents/permission-desk.ts'
import type { WorkerDeps } from '../deps.ts'
import { agentEnvironment } from '../model-upstreams.ts'
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
  const project = await readProject(deps, run)
  const settings = ProjectSettings.parse(project.settings)
  const driver = deps.drivers.get(agentRun.driver)
  if (!driver) throw new Failure('unknown-agent', `There is no agent named ${agentRun.driver} here.`)
  // A turn whose worker was lost is played again from its start: its half conversation goes.
  const mine = { id: job.id, fence: job.fence }
  if (!(await forgetTurn(deps.db, { agentRunId: agentRun.id, turn: agentRun.turn, job: mine }))) {
    throw new Failure('job-lost', 'Another worker took this job over.')
  }
  const events = await listAgentEvents(deps.db, { agentRunId: agentRun.id, kinds: ['prompt', 'end'] })
  const prompt = events.find((e) => e.turn === agentRun.turn && e.kind === 'prompt')
  if (!prompt) throw new Failure('agent-result-missing', `Turn ${agentRun.turn} has no prompt.`)
  const mode = prompt.data['mode'] === 'plan' ? 'plan' : 'work'
  await context.log(
    'system',
    `${driver.label}, turn ${agentRun.turn}, ${mode === 'plan' ? 'to plan' : 'to work'}`,
  )
  const record = createRecorder(deps, { agentRun, job, context, afterSeq: prompt.seq })
  const result = await tryTurn(driver, {
    record,
    settings,
    turn: {
      sandbox: context.sandbox,
      mode,
      prompt: prompt.body,
      history: historyOf(events, agentRun.turn),
      turn: agentRun.turn,
      settings: await driverSettings(deps, run, settings),
      env: await agentEnvironment(deps, run, project),
      ...(await sessionBefore(deps, agentRun)),
      timeoutMs: settings.agent.timeoutMinutes * 60_000,
      onEvent: record.event,
      ask: createPermissionDesk(deps, {
        agentRun,
        run,
        job,
        settings: settings.agent,
        mode,
        signal: context.signal,
      }),
      signal: context.signal,
    },
  })
  await keepSession(deps, { agentRun, job, session: result.session })
  await record.end(result)
  if (result.outcome !== 'completed') {
    throw new Failure('agent-failed', result.reason ?? `The agent's turn ended as ${result.outcome}.`)
  }
  const answer = result.answer.slice(0, maxAnswer)
  const collected = await collectTree(context.sandbox, {
    base: run.commit_id,
    gitDir: deps.forge.gitDir(run.project_id),
    leaveOut: context.request.layerPaths,
    signal: context.signal,
  })
  if (mode === 'plan') {
    if (collected.changed)
      await context.log('system', 'Asked for a plan only: its changes to files are dropped.')
    return { outputs: { response: 'plan', tree: '', answer, outcome: 'completed', reason: '' } }
  }
  if (collected.changed) {
    const { tree } = collected
    await deps.sendTree(project, { job: mine, tree, base: run.commit_id, signal: context.signal })
  }
  const response = collected.changed ? 'pr' : 'regular'
  await context.log('system', collected.changed ? `Changed tree ${collected.tree}` : 'No file was changed.')
  return { outputs: { response, tree: collected.tree, answer, outcome: 'completed', reason: '' } }
}

/**
 * A turn that broke off for a reason that passes is tried again in the same sandbox, where what was done so far
 * stands, after a pause that doubles.
 */
async function tryTurn(
  driver: AgentDriver,
  given: { turn: AgentTurn; settings: ProjectSettings; record: ReturnType<typeof createRecorder> },
): Promise<AgentTurnResult> {
  const { maxRetries, retryBackoffSeconds } = given.settings.agent
  const { signal } = given.turn
  let { turn } = given
  for (let tries = 0; ; tries++) {
    const result = await driver.run(turn)
    const over = result.outcome !== 'failed' || !result.retryable || tries >= maxRetries || signal.aborted
    if (over) return result
    const pauseS = retryBackoffSeconds * 2 ** tries
    await given.record.notice(
      `${result.reason} It is tried again in ${pauseS} s, ${tries + 1} of ${maxRetries} times.`,
    )
    await delay(pauseS * 1000, undefined, { signal }).catch(() => {})
    if (signal.aborted)
      return { outcome: 'cancelled', answer: '', reason: 'Cancelled before it was tried again.' }
    const { home: _home, ...session } = result.session ?? { id: '', totals: {} }
    const prompt = `${brokeOff}\n\n${given.turn.prompt}`
    turn = { ...turn, prompt, session: session.id === '' ? undefined : session }
  }
}

const brokeOff =
  'Your work on this broke off in the middle, and what you had done stands in the workspace. Look at it, then go on.'

async function sessionBefore(deps: WorkerDeps, agentRun: AgentRunRow): Promise<{ session?: AgentSession }> {
  const row = await agentSessionBefore(deps.db, { agentRunId: agentRun.id, turn: agentRun.turn })
  if (!row) return {}
  const { session_id: id, totals, home } = row
  return { session: { id, totals, ...(home ? { home } : {}) } }
}

async function keepSession(
  deps: WorkerDeps,
  kept: { agentRun: AgentRunRow; job: JobRow; session: AgentSession | undefined },
): Promise<void> {
  const { agentRun, job, session } = kept
  if (!session) return
  const stored = await persist(deps, () =>
    saveAgentSession(deps.db, {
      agentRunId: agentRun.id,
      turn: agentRun.turn,
      job: { id: job.id, fence: job.fence },
      session_id: session.id,
      totals: session.totals,
      home: session.home ? Buffer.from(session.home) : null,
    }),
  )
  if (!stored) throw new Failure('job-lost', 'Another worker took this job over.')
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

async function readProject(deps: WorkerDeps, run: RunRow): Promise<ProjectRow> {
  const project = await findProject(deps.db, run.project_id)
  if (!project) throw new Failure('not-found', 'The project of this job was deleted.')
  return project
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
  const head = project && (await deps.fetchHead(project, project.default_branch))
  const file = head && (await deps.forge.readFile(run.project_id, head, script, 1024 * 1024))
  return file ? { scriptFile: script, scriptText: file.text } : { scriptFile: script }
}
