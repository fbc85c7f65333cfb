import type { ConversationEntry } from '@signalbox/core/contract/views/agents.ts'

export interface PlanEntry {
  text: string
  status: 'pending' | 'in_progress' | 'completed'
}

/** One thing to draw: said words, a tool call with its result, raw output, a plan, the end of a turn. */
export type Item = { seq: number; at: string } & (
  | { kind: 'message'; role: ConversationEntry['role']; text: string }
  | {
      kind: 'tool'
      title: string
      input: string
      output: string
      state: 'running' | 'ok' | 'failed'
      /** Unified; what the call did to files. */
      diff: string
      locations: string[]
    }
  | { kind: 'thought'; text: string }
  /** A question that a person or a rule answered; one that waits stands in its card. */
  | { kind: 'permission'; title: string; answer: string; allowed: boolean }
  | { kind: 'output'; text: string }
  | { kind: 'plan'; entries: PlanEntry[]; text: string }
  | { kind: 'end'; text: string; outcome: string }
)

export interface Turn {
  turn: number
  startedAt: string
  endedAt: string | null
  items: Item[]
}

export interface Usage {
  inputTokens: number
  outputTokens: number
  costUsd: number
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value, null, 2)
}

/** Entries as turns: a call joins its result, neighbouring output becomes one, a newer plan replaces the older. */
export function foldConversation(entries: ConversationEntry[]): Turn[] {
  const turns: Turn[] = []
  /** Titles of questions by turn and id: an answer comes later and names only the id. */
  const questions = new Map<string, string>()
  for (const entry of entries) {
    let turn = turns.at(-1)
    if (!turn || turn.turn !== entry.turn) {
      turn = { turn: entry.turn, startedAt: entry.at, endedAt: null, items: [] }
      turns.push(turn)
    }
    if (entry.kind === 'end') turn.endedAt = entry.at
    take(turn.items, entry, questions)
  }
  return turns
}

const calls = new WeakMap<Item, string>()

/** Streamed words go on with what stands last. */
function goesOn(items: Item[], entry: ConversationEntry, kind: 'message' | 'thought'): boolean {
  const last = items.at(-1)
  if (entry.data['more'] !== true || last?.kind !== kind) return false
  last.text += entry.text
  return true
}

function wordsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}

function takeUpdate(items: Item[], entry: ConversationEntry): void {
  const id = text(entry.data['id'])
  const call = items.findLast((item) => item.kind === 'tool' && calls.get(item) === id)
  if (call?.kind !== 'tool') return
  call.title = text(entry.data['title']) || call.title
  const locations = wordsOf(entry.data['locations'])
  if (locations.length > 0) call.locations = locations
}

function take(items: Item[], entry: ConversationEntry, questions: Map<string, string>): void {
  const base = { seq: entry.seq, at: entry.at }
  switch (entry.kind) {
    case 'prompt':
    case 'message': {
      if (goesOn(items, entry, 'message')) return
      if (entry.text.trim() === '') return
      items.push({ ...base, kind: 'message', role: entry.role, text: entry.text })
      return
    }
    case 'thought':
      if (!goesOn(items, entry, 'thought')) items.push({ ...base, kind: 'thought', text: entry.text })
      return
    case 'tool_update':
      takeUpdate(items, entry)
      return
    case 'permission_request':
      questions.set(entry.turn + text(entry.data['id']), text(entry.data['title']) || entry.text)
      return
    case 'permission_answer': {
      // What a rule allows is every day's work.
      if (entry.data['by'] === 'rule' && entry.data['allowed'] === true) return
      const title = questions.get(entry.turn + text(entry.data['id'])) ?? 'A question'
      const allowed = entry.data['allowed'] === true
      items.push({ ...base, kind: 'permission', title, answer: entry.text, allowed })
      return
    }
    case 'tool_call': {
      const title = text(entry.data['title']) || entry.text || 'tool'
      const item: Item = {
        ...base,
        kind: 'tool',
        title,
        input: text(entry.data['input']),
        output: '',
        state: 'running',
        diff: '',
        locations: wordsOf(entry.data['locations']),
      }
      calls.set(item, text(entry.data['id']))
      items.push(item)
      return
    }
    case 'tool_result':
      takeResult(items, entry)
      return
    case 'output': {
      const last = items.at(-1)
      if (last?.kind === 'output')
        last.text += entry.text.startsWith('\n') || last.text.endsWith('\n') ? entry.text : `\n${entry.text}`
      else items.push({ ...base, kind: 'output', text: entry.text })
      return
    }
    case 'plan':
      takePlan(items, entry)
      return
    case 'end':
      // A driver that streams nothing says its answer only here.
      if (entry.data['outcome'] === 'completed') {
        const said = items.some((item) => item.kind === 'message' && item.text.trim() === entry.text.trim())
        if (!said && entry.text.trim() !== '') {
          items.push({ ...base, kind: 'message', role: 'agent', text: entry.text })
        }
        return
      }
      items.push({ ...base, kind: 'end', text: entry.text, outcome: text(entry.data['outcome']) })
      return
    case 'usage':
  }
}

function takeResult(items: Item[], entry: ConversationEntry): void {
  const id = text(entry.data['id'])
  const call = items.findLast((item) => item.kind === 'tool' && calls.get(item) === id)
  const output = text(entry.data['output']) || entry.text
  const state = entry.data['ok'] === false ? 'failed' : 'ok'
  if (call?.kind === 'tool') {
    call.output = output
    call.diff = text(entry.data['diff'])
    call.state = state
    return
  }
  items.push({
    seq: entry.seq,
    at: entry.at,
    kind: 'tool',
    title: 'result',
    input: '',
    output,
    state,
    diff: text(entry.data['diff']),
    locations: [],
  })
}

function takePlan(items: Item[], entry: ConversationEntry): void {
  const raw = Array.isArray(entry.data['entries']) ? entry.data['entries'] : []
  const entries = raw.map((line: Record<string, unknown>): PlanEntry => {
    const status = line['status']
    return {
      text: text(line['text']),
      status: status === 'completed' || status === 'in_progress' ? status : 'pending',
    }
  })
  const older = items.findIndex((item) => item.kind === 'plan')
  const item: Item = {
    seq: entry.seq,
    at: entry.at,
    kind: 'plan',
    entries,
    text: entries.length ? '' : entry.text,
  }
  if (older >= 0) items[older] = item
  else items.push(item)
}

/** Sum of what the agent said it used; null when it said nothing. */
export function usageOf(entries: ConversationEntry[]): Usage | null {
  const said = entries.filter((entry) => entry.kind === 'usage')
  if (said.length === 0) return null
  const sum = (name: keyof Usage) =>
    said.reduce(
      (total, entry) => total + (typeof entry.data[name] === 'number' ? Number(entry.data[name]) : 0),
      0,
    )
  return { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens'), costUsd: sum('costUsd') }
}
