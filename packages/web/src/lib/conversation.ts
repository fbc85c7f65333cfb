import type { ConversationEntry } from '@signalbox/core/contract/views/agents.ts'

export interface PlanEntry {
  text: string
  status: 'pending' | 'in_progress' | 'completed'
}

/** One thing to draw: said words, a tool call with its result, raw output, a plan, the end of a turn. */
export type Item = { seq: number; at: string } & (
  | { kind: 'message'; role: ConversationEntry['role']; text: string }
  | { kind: 'tool'; title: string; input: string; output: string; state: 'running' | 'ok' | 'failed' }
  | { kind: 'output'; text: string }
  | { kind: 'plan'; entries: PlanEntry[]; text: string }
  | { kind: 'end'; text: string; outcome: string }
)

export interface Turn {
  turn: number
  startedAt: string
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
  for (const entry of entries) {
    let turn = turns.at(-1)
    if (!turn || turn.turn !== entry.turn) {
      turn = { turn: entry.turn, startedAt: entry.at, items: [] }
      turns.push(turn)
    }
    take(turn.items, entry)
  }
  return turns
}

const calls = new WeakMap<Item, string>()

function take(items: Item[], entry: ConversationEntry): void {
  const base = { seq: entry.seq, at: entry.at }
  switch (entry.kind) {
    case 'prompt':
    case 'message': {
      if (entry.text.trim() === '') return
      items.push({ ...base, kind: 'message', role: entry.role, text: entry.text })
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
    call.state = state
    return
  }
  items.push({ seq: entry.seq, at: entry.at, kind: 'tool', title: 'result', input: '', output, state })
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
