import type { AgentEvent, AgentTurn, PermissionAnswer, PermissionOption, PermissionRequest } from '../port.ts'
import { PermissionParams } from './schema.ts'
import type { TurnClock } from './turn-clock.ts'
import { diffOf, inputOf, storable, textOf, type UpdateTranslator } from './updates.ts'

interface Desk {
  turn: AgentTurn
  clock: TurnClock
  emit(event: AgentEvent): Promise<void>
  updates: UpdateTranslator
  /** Ids of the questions of this turn so far. */
  asked: Set<string>
  signal: AbortSignal
}

const maxQuestions = 500

type Outcome = { outcome: { outcome: 'cancelled' } | { outcome: 'selected'; optionId: string } }
const cancelled: Outcome = { outcome: { outcome: 'cancelled' } }

/**
 * Answers an agent's `session/request_permission`: tells of the question, asks whoever decides, tells of the
 * answer. A call that was never told of becomes known by its question. Cancelled for what is no question.
 */
export async function answerPermission(raw: unknown, desk: Desk): Promise<Outcome> {
  const parsed = PermissionParams.safeParse(raw)
  if (!parsed.success || desk.signal.aborted || desk.asked.size >= maxQuestions) return cancelled
  const { toolCall, options: offered } = parsed.data
  await desk.updates.flush()
  await desk.updates.tool({ ...toolCall, status: null })
  const { turn, emit } = desk
  const options = offered.map(
    ({ optionId, name, kind }): PermissionOption => ({
      id: storable(optionId, 200),
      label: storable(name, 200),
      kind,
    }),
  )
  const id = String(desk.asked.size + 1)
  desk.asked.add(id)
  const diff = diffOf(toolCall.content)
  const input = inputOf(toolCall) ?? (textOf(toolCall.content) || undefined)
  const request: PermissionRequest = {
    id,
    title: storable(toolCall.title ?? toolCall.kind ?? 'Go on', 500),
    kind: toolCall.kind ?? 'other',
    callId: storable(toolCall.toolCallId, 200),
    ...(input ? { input: storable(input, 8 * 1024) } : {}),
    ...(diff ? { diff } : {}),
    options,
  }
  await emit({ type: 'permission_request', ...request })
  const answer = await desk.clock.paused(() => turn.ask(request))
  const optionId = chosen(answer, options)
  const allowed = options.some((option) => option.id === optionId && option.kind.startsWith('allow'))
  await emit({ type: 'permission_answer', id, allowed, by: answer.by, ...(optionId ? { optionId } : {}) })
  return optionId === undefined ? cancelled : { outcome: { outcome: 'selected', optionId } }
}

/** The option that was named, else the one that says yes or no for this time only. */
export function chosen(answer: PermissionAnswer, options: PermissionOption[]): string | undefined {
  const named = options.find((option) => option.id === answer.optionId)
  if (named) return named.id
  if (answer.by === 'end') return undefined
  const kinds = answer.allowed ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always']
  for (const kind of kinds) {
    const found = options.find((option) => option.kind === kind)
    if (found) return found.id
  }
  return undefined
}
