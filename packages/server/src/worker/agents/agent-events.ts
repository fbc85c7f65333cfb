import { Failure } from '@signalbox/core/base/failure.ts'
import type { AgentEvent, AgentTurnResult } from '@signalbox/engine/agent/port.ts'
import type { ActionContext } from '@signalbox/engine/job/port.ts'
import { appendAgentEvents, type NewAgentEvent } from '../../db/agent-runs.ts'
import type { AgentRunRow, JobRow } from '../../db/state-of.ts'
import type { WorkerDeps } from '../deps.ts'
import { persist } from '../reporter.ts'

/** Stores what the agent does as it does it, in order, and shows it in the step's log. */
export function createRecorder(
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
      const body = textOf(event)
      const text = logTextOf(event)
      if (text !== '') await context.log('stdout', text)
      await add('agent', event.type, body, dataOf(event))
    },
    /** Something that the platform says in the middle of a turn. */
    async notice(text: string): Promise<void> {
      await context.log('system', text)
      await add('platform', 'message', text, {})
    },
    async end(result: AgentTurnResult): Promise<void> {
      await add('agent', 'end', result.reason ?? result.answer, { outcome: result.outcome })
    },
  }
}

/** What the body says already is not stored a second time. */
function dataOf(event: AgentEvent): Record<string, unknown> {
  const { type, ...data } = event
  if ((type === 'message' || type === 'thought' || type === 'output') && 'text' in data) {
    const { text, ...rest } = data
    return rest
  }
  if (type === 'tool_result' && 'output' in data) {
    const { output, ...rest } = data
    return rest
  }
  return data
}

function textOf(event: AgentEvent): string {
  switch (event.type) {
    case 'message':
    case 'thought':
    case 'output':
      return event.text
    case 'tool_call':
    case 'permission_request':
      return event.title
    case 'tool_result':
      return event.output
    case 'plan':
      return event.entries.map((entry) => `- ${entry.text}`).join('\n')
    case 'permission_answer':
      return `${event.allowed ? 'Allowed' : 'Not allowed'} ${words[event.by]}`
    case 'tool_update':
    case 'usage':
      return ''
  }
}

const words = {
  rule: 'by the rules of the project',
  person: 'by a person',
  time: 'because nobody answered in time',
  end: 'because the turn ended',
}

const marks = { pending: ' ', in_progress: '>', completed: 'x' }

function logTextOf(event: AgentEvent): string {
  if (event.type === 'plan')
    return event.entries.map(({ status, text }) => `[${marks[status]}] ${text}`).join('\n')
  if (event.type === 'permission_request') return `Asks: ${event.title}`
  if (event.type === 'tool_result' && event.diff) return `${event.output}${event.diff}`
  return textOf(event)
}
