import { RequestError } from '@agentclientprotocol/sdk'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { conclude } from '../exec/exec.ts'
import { OutputCollector } from '../output.ts'
import type { AgentDriver, AgentEvent, AgentSession, AgentTurn, AgentTurnResult } from '../port.ts'
import { endNewProcesses, listProcesses } from '../sweep.ts'
import { type AcpProcess, startAcpProcess } from './connection.ts'
import { createEmitter } from './emitter.ts'
import { packHome, unpackHome } from './home.ts'
import { answerPermission } from './permission.ts'
import { promptText } from './prompt.ts'
import { PromptUsage, QuotaMeta, Update } from './schema.ts'
import { openSession } from './session.ts'
import { TurnClock } from './turn-clock.ts'
import { UpdateTranslator } from './updates.ts'

/** How long an agent may take to end by itself after a cancel, and after its input was closed. */
const cancelGraceMs = 3_000
const closeGraceMs = 1_500
/** A replayed history may go on after its session was loaded: it is over when nothing came for so long. */
const quietMs = 250
const maxReplayMs = 10_000

const Answered = z.object({
  stopReason: z.string(),
  usage: PromptUsage.nullish().catch(null),
  _meta: QuotaMeta.nullish().catch(null),
})

/**
 * Any agent that speaks ACP v1 on stdin and stdout: `settings.command` runs with bash in /workspace as the
 * sandbox's user. Failed when the command is empty or not found; `retryable` when agent or model broke off.
 */
export function createAcpDriver(): AgentDriver {
  return { name: 'acp', label: 'ACP agent', scripted: false, run }
}

async function run(turn: AgentTurn): Promise<AgentTurnResult> {
  const command = turn.settings['command']?.trim() ?? ''
  if (command === '') {
    return failed('The project\'s setting "agent.command" is empty: it names the command of the ACP agent.')
  }
  if (turn.signal.aborted) return { outcome: 'cancelled', answer: '', reason: 'Cancelled before it began.' }
  const before = await listProcesses(turn.sandbox)
  const home = turn.session?.home
  const remembered = home === undefined || (await unpackHome(turn.sandbox, home))
  const session = remembered ? turn.session : undefined
  const result = await talk({ ...turn, ...(session ? { session } : { session: undefined }) }, command)
  const remaining = await endNewProcesses(turn.sandbox, before)
  if (result.lost !== undefined) throw result.lost
  if (remaining > 0) return failed(`${remaining} processes of the agent could not be ended.`)
  return await withHome(turn, result.turn)
}

/** What the agent keeps at home goes along to the next turn; a turn that was cancelled leaves nothing. */
async function withHome(turn: AgentTurn, result: AgentTurnResult): Promise<AgentTurnResult> {
  if (!result.session || turn.signal.aborted) return result
  const home = await packHome(turn.sandbox).catch(() => undefined)
  return { ...result, session: { ...result.session, ...(home ? { home } : {}) } }
}

interface Talk {
  turn: AgentTurnResult
  /** Events could not be stored: not the agent's fault. */
  lost?: unknown
}

async function talk(turn: AgentTurn, command: string): Promise<Talk> {
  const clock = new TurnClock(turn.timeoutMs)
  const over = new AbortController()
  const emitter = createEmitter(turn.onEvent, () => over.abort())
  const emit = (event: AgentEvent) => emitter.emit(event)
  const updates = new UpdateTranslator(emit, turn.session?.totals ?? {})
  const output = new OutputCollector(emit)
  const heard = { prompted: false, at: 0, replayed: new Set<string>() }
  const asked = new Set<string>()
  const process = startAcpProcess({
    sandbox: turn.sandbox,
    command,
    env: { ...turn.env, SIGNALBOX_MODE: turn.mode, SIGNALBOX_TURN: String(turn.turn) },
    signal: over.signal,
    output,
    async onUpdate(_session, raw) {
      const parsed = Update.safeParse(raw)
      heard.at = performance.now()
      if (!parsed.success) return
      const id = 'toolCallId' in parsed.data ? parsed.data.toolCallId : undefined
      // What comes before the prompt is the replay of an earlier turn, or an adapter's own words.
      if (!heard.prompted && id !== undefined) heard.replayed.add(id)
      if (!heard.prompted || (id !== undefined && heard.replayed.has(id))) return
      await updates.take(parsed.data)
    },
    onPermission: (params) =>
      answerPermission(params, { turn, clock, emit, updates, asked, signal: over.signal }),
  })
  const stop = AbortSignal.any([turn.signal, clock.signal])
  try {
    const result = await converse(turn, { process, updates, heard, stop })
    await output.end()
    return { turn: result, lost: emitter.lost() }
  } finally {
    clock.stop()
    process.closeInput()
    await settled(process.exited, closeGraceMs)
    over.abort()
    await process.exited.catch(() => {})
    await emitter.drained()
  }
}

interface Conversation {
  process: AcpProcess
  updates: UpdateTranslator
  heard: { prompted: boolean; at: number }
  /** The turn was cancelled or its time is over. */
  stop: AbortSignal
}

async function converse(turn: AgentTurn, talk: Conversation): Promise<AgentTurnResult> {
  const { process, updates, heard, stop } = talk
  const stopped = new Promise<'stopped'>((resolve) => {
    if (stop.aborted) resolve('stopped')
    stop.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
  let session: AgentSession | undefined
  try {
    const opened = await Promise.race([openSession(process.agent, turn), stopped])
    if (opened === 'stopped') return broken(turn, updates)
    if (opened.resumed) await replayOver(heard, stop)
    const totals = opened.resumed ? updates.totals : {}
    session = { id: opened.id, totals }
    heard.prompted = true
    const prompt = [{ type: 'text' as const, text: promptText(turn, opened) }]
    const asking = process.agent.request('session/prompt', { sessionId: opened.id, prompt })
    asking.catch(() => {})
    const answer = await Promise.race([asking, stopped])
    if (answer === 'stopped') {
      await process.agent.notify('session/cancel', { sessionId: opened.id }).catch(() => {})
      await settled(asking, cancelGraceMs)
      await updates.end(false)
      return broken(turn, updates)
    }
    const { stopReason, usage, _meta: meta } = Answered.parse(answer)
    await updates.end(true)
    const quota = meta?.quota.token_count
    await updates.usage(
      {
        inputTokens: usage?.inputTokens,
        outputTokens: usage?.outputTokens,
        cachedTokens: usage?.cachedReadTokens,
      },
      quota && !usage ? { inputTokens: quota.input_tokens, outputTokens: quota.output_tokens } : {},
    )
    return concludeAnswer(turn, updates, { stopReason, session: { id: opened.id, totals: updates.totals } })
  } catch (error) {
    await updates.end(false)
    if (stop.aborted) return broken(turn, updates)
    return { ...(await explain(error, turn, process)), ...(session ? { session } : {}) }
  }
}

/** Waits until the history that a loaded session tells again is over. */
async function replayOver(heard: { at: number }, stop: AbortSignal): Promise<void> {
  const since = performance.now()
  heard.at = since
  while (!stop.aborted && performance.now() - since < maxReplayMs) {
    const wait = heard.at + quietMs - performance.now()
    if (wait <= 0) return
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

function concludeAnswer(
  turn: AgentTurn,
  updates: UpdateTranslator,
  { stopReason, session }: { stopReason: string; session: AgentSession },
): AgentTurnResult {
  const answer = turn.mode === 'plan' ? updates.answer || updates.planText : updates.answer
  if (stopReason === 'end_turn') return { outcome: 'completed', answer, session }
  const reasons: Record<string, string> = {
    max_tokens: 'The agent used all the tokens that one answer may have.',
    max_turn_requests: 'The agent asked its model as often as it may in one turn.',
    refusal: 'The agent refused to go on.',
    cancelled: 'The agent ended the turn as cancelled, and nobody had asked it to.',
  }
  return { ...failed(reasons[stopReason] ?? `The agent ended with "${stopReason}".`, answer), session }
}

function broken(turn: AgentTurn, updates: UpdateTranslator): AgentTurnResult {
  const { answer } = updates
  if (turn.signal.aborted)
    return { outcome: 'cancelled', answer, reason: 'Cancelled; its processes have ended.' }
  const reason = `The agent did not end within ${Math.round(turn.timeoutMs / 1000)} s.`
  return { outcome: 'timed_out', answer, reason }
}

/** Why the agent did not answer: how its process ended when it did, else what it said. */
async function explain(error: unknown, turn: AgentTurn, process: AcpProcess): Promise<AgentTurnResult> {
  if (error instanceof Failure) return failed(error.message)
  if (error instanceof z.ZodError)
    return failed(`The agent's answer is none of ACP: ${z.prettifyError(error)}`)
  if (error instanceof RequestError) {
    const detail = detailOf(error.data)
    const reason = `The agent says: ${error.message}${detail ? ` (${detail})` : ''}`
    return { ...failed(cut(reason)), retryable: isTransient(reason) }
  }
  const end = await settled(process.exited, closeGraceMs)
  const complaint = process.complaint().split('\n').slice(-3).join(' ')
  const because = complaint ? ` It said: ${cut(complaint)}` : ''
  if (!end) return { ...failed(`The agent closed its connection.${because}`), retryable: true }
  if (end.code === 127 || end.code === 126) {
    return failed(
      `The agent's command was not found in the sandbox.${because} Install the agent for the worker: docs/guide/agents.md says how.`,
    )
  }
  const said = conclude(end, '', turn.timeoutMs).reason ?? 'The command ended before it had answered.'
  return { ...failed(`${said}${because}`), retryable: end.killedBy === undefined }
}

/** What may be gone when it is tried again: the model is busy or away, or a connection broke. */
export function isTransient(text: string): boolean {
  return /\b(408|429|500|502|503|504|529)\b|rate.?limit|overloaded|quota|too many requests|timed? ?out|ECONN|EPIPE|socket|network|unavailable/i.test(
    text,
  )
}

function detailOf(data: unknown): string {
  if (typeof data === 'string') return data
  if (typeof data !== 'object' || data === null) return ''
  for (const name of ['details', 'message', 'error']) {
    const value: unknown = Reflect.get(data, name)
    if (typeof value === 'string') return value
  }
  return JSON.stringify(data)
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('\0', '\uFFFD').trim()
  return line.length <= 600 ? line : `${line.slice(0, 599)}…`
}

function failed(reason: string, answer = ''): AgentTurnResult {
  return { outcome: 'failed', answer, reason }
}

/** The value when it comes in time and well; undefined otherwise. */
async function settled<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([promise, late])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
