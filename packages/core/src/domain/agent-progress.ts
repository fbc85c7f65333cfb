import type { AgentRunState } from './agent-run.ts'

/** How far an agent is with its turn. */
export interface AgentProgress {
  /** 0 to 100: the share of its plan that is done; without a plan 0 until the turn is over. */
  progress: number
  /** The entry of the plan or the tool call that it is at; null when it is at none. */
  currentStep: string | null
}

interface Told {
  turn: number
  kind: string
  data: Record<string, unknown>
}

/** Read from the events of the conversation, oldest first: what an agent says of itself, for people to look at. */
export function agentProgress(run: Pick<AgentRunState, 'status' | 'turn'>, events: Told[]): AgentProgress {
  if (run.status === 'queued') return { progress: 0, currentStep: null }
  const turn = events.filter((event) => event.turn === run.turn)
  if (run.status !== 'in_progress') {
    const end = turn.findLast((event) => event.kind === 'end')
    const well = end === undefined || end.data['outcome'] === 'completed'
    return { progress: well ? 100 : ofPlan(turn).progress, currentStep: null }
  }
  const plan = ofPlan(turn)
  return { progress: plan.progress, currentStep: plan.currentStep ?? openCall(turn) }
}

function ofPlan(turn: Told[]): AgentProgress {
  const raw = turn.findLast((event) => event.kind === 'plan')?.data['entries']
  const entries = (Array.isArray(raw) ? raw : []).map((entry: Record<string, unknown>) => ({
    text: String(entry['text'] ?? ''),
    status: entry['status'],
  }))
  if (entries.length === 0) return { progress: 0, currentStep: null }
  const done = entries.filter(({ status }) => status === 'completed').length
  const current = entries.find(({ status }) => status === 'in_progress')
  return { progress: Math.round((done * 100) / entries.length), currentStep: current?.text ?? null }
}

function openCall(turn: Told[]): string | null {
  const over = new Set(turn.flatMap(({ kind, data }) => (kind === 'tool_result' ? [data['id']] : [])))
  const call = turn.findLast(({ kind, data }) => kind === 'tool_call' && !over.has(data['id']))
  if (!call) return null
  const update = turn.findLast(
    ({ kind, data }) => kind === 'tool_update' && data['id'] === call.data['id'] && data['title'],
  )
  const title = update?.data['title'] ?? call.data['title']
  return typeof title === 'string' ? title : null
}
