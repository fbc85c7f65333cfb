import type { ConversationEntry, QuestionView } from '@signalbox/core/contract/views/agents.ts'
import type { ChangeDetail, ChangeSummary, EvidenceView } from '@signalbox/core/contract/views/changes.ts'
import type { Cli } from '../cli.ts'
import { ago, cut, indent, shortCommit, table } from '../format.ts'
import { lamp, lampLooks, longStrip, progress, shortStrip, stateOf } from '../lamps.ts'
import { plain, plainLine } from '../style.ts'
import type { News } from './change-news.ts'

const excerptLines = 30

/** Changes as a table. */
export function changesText(cli: Cli, items: readonly ChangeSummary[]): string {
  if (items.length === 0) return 'No change. Give a goal: signalbox goal "…"\n'
  return table([
    ['CHANGE', 'PROJECT', 'STRIP', 'STATE', 'MOVED', 'TITLE'],
    ...items.map((change) => [
      `#${change.number}`,
      change.projectSlug,
      shortStrip(change.strip, cli.style),
      stateOf(change),
      ago(change.updatedAt, cli.now()),
      cut(plainLine(change.title), 60),
    ]),
  ])
}

/** The newest piece of news as text that ends in a line end. */
export function newsText(cli: Cli, news: News): string {
  const { style } = cli
  switch (news.kind) {
    case 'lamp':
      return `${lamp(news.signal.lamp, style)} ${style.bold(news.signal.stage)}  ${lampLooks[news.signal.lamp].word}\n`
    case 'entry': {
      const who = { agent: 'agent', person: 'you', platform: 'signalbox' }[news.entry.role]
      const text = plain(news.entry.text)
      if (news.entry.kind === 'tool_call') return `   ${style.dim(`${who} · ${cut(plainLine(text), 100)}`)}\n`
      if (news.entry.kind === 'permission_request')
        return `   ${style.yellow(`${who} asks`)} ${cut(plainLine(text), 100)}\n`
      if (news.entry.kind === 'permission_answer') return `   ${style.dim(plainLine(text))}\n`
      if (news.entry.kind === 'plan')
        return `   ${style.cyan(`${who}'s plan`)}\n${planText(news.entry, text)}`
      return `   ${style.cyan(who)}\n${indent(text, '   │ ')}\n`
    }
    case 'pull_request':
      return `   pull request ${news.number} from ${plainLine(news.branch)}\n`
    case 'evidence':
      return evidenceText(cli, news.evidence)
    case 'retry':
      return `   fix ${news.attempt} of ${news.of} begins ${Date.parse(news.at) - cli.now() > 1500 ? ago(news.at, cli.now()) : 'now'}\n`
    case 'landed':
      return `   landed as ${shortCommit(news.commit)}\n`
    case 'deployment': {
      const reason = news.reason ? `: ${plainLine(news.reason)}` : ''
      const url = news.conclusion === 'live' && news.url ? ` at ${news.url}` : ''
      return `   deployment ${progress(news.status, news.conclusion, style)}${url}${reason}\n`
    }
  }
}

const planMarks: Record<string, string> = { completed: '✓', in_progress: '▸', pending: '·' }

/** The plan as a check list; as it was said when it has no entries. */
function planText({ data }: ConversationEntry, said: string): string {
  const raw = Array.isArray(data['entries']) ? data['entries'] : []
  const lines = raw.map((entry: Record<string, unknown>) => {
    const mark = planMarks[String(entry['status'])] ?? '·'
    return `   ${mark} ${plainLine(String(entry['text'] ?? ''))}\n`
  })
  return lines.length > 0 ? lines.join('') : `${indent(said, '   │ ')}\n`
}

/** What the agent asks, as much of it as one wants to know before an answer. */
function questionText(cli: Cli, { title, kind, input, diff, options, expiresAt }: QuestionView): string {
  const what = diff ?? input
  const body = what ? `${indent(plain(what).split('\n').slice(0, excerptLines).join('\n'), '   │ ')}\n` : ''
  const words = options.map(({ label }) => plainLine(label)).join(', ')
  const until = ago(expiresAt, cli.now())
  return `\n${cli.style.yellow('The agent asks')} (${kind}): ${plainLine(title)}\n${body}   It offers: ${words}. Without an answer it is no ${until}.\n`
}

function evidenceText(cli: Cli, evidence: EvidenceView): string {
  const head = `   ${progress('completed', evidence.conclusion, cli.style)}  ${plainLine(evidence.summary)}\n`
  if (evidence.conclusion === 'success') return head
  const lines = plain(evidence.excerpt).trimEnd().split('\n')
  const shown = lines.slice(-excerptLines).join('\n')
  return shown ? `${head}${indent(shown, '   │ ')}\n` : head
}

/** One change with everything that a person decides by. */
export function changeText(cli: Cli, change: ChangeDetail): string {
  const { style } = cli
  const parts = [
    `${style.bold(`#${change.number} ${plainLine(change.title)}`)}  ${style.dim(`${change.projectSlug} · ${change.id}`)}\n`,
    `${longStrip(change.strip, style)}\n`,
    `${stateOf(change)}${change.reason ? `: ${plain(change.reason)}` : ''}\n`,
  ]
  if (plainLine(change.goal) !== plainLine(change.title))
    parts.push(`\nGoal\n${indent(plain(change.goal))}\n`)
  const words = change.agentRun?.conversation.filter((e) => e.kind === 'message' || e.kind === 'plan') ?? []
  if (change.agentRun) {
    const label = plainLine(change.agentRun.label)
    const scripted = change.agentRun.scripted && !/script/i.test(label) ? ' (scripted)' : ''
    parts.push(`\nConversation with ${label}${scripted}\n`)
    for (const entry of words.slice(-20)) parts.push(newsText(cli, { kind: 'entry', entry }))
  }
  const { usage, questions = [], status, progress: done, currentStep } = change.agentRun ?? {}
  if (status === 'in_progress' && (done || currentStep))
    parts.push(`\nNow: ${done} %${currentStep ? `, ${plainLine(currentStep)}` : ''}\n`)
  if (usage)
    parts.push(
      `Used: ${usage.inputTokens + usage.outputTokens} tokens${usage.costUsd > 0 ? `, $${usage.costUsd.toFixed(2)}` : ''}\n`,
    )
  for (const question of questions) parts.push(questionText(cli, question))
  if (change.pullRequest) {
    const { number, headBranch, headCommit, state } = change.pullRequest
    parts.push(`\nPull request ${number}, ${state}: ${plainLine(headBranch)} at ${shortCommit(headCommit)}\n`)
  }
  const runs = change.runs.map((run) => [
    `#${run.number}`,
    run.kind,
    progress(run.status, run.conclusion, style),
    ago(run.createdAt, cli.now()),
    run.reason ? cut(plainLine(run.reason), 70) : '',
  ])
  if (runs.length > 0) parts.push(`\nRuns\n${indent(table(runs))}\n`)
  const newest = change.evidence.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt)).at(-1)
  if (newest) parts.push(`\nEvidence\n${evidenceText(cli, newest)}`)
  if (change.gate) {
    const shapes = { green: style.green('✓'), red: style.red('✗'), waiting: style.yellow('?') }
    const reasons = change.gate.reasons.map(
      (r) => `  ${shapes[r.state]} ${plainLine(r.name)}: ${plainLine(r.text)}\n`,
    )
    parts.push(`\nGates: ${change.gate.decision}\n${reasons.join('')}`)
  }
  if (change.deployment) {
    const { status, conclusion, reason, url } = change.deployment
    parts.push(`\n${newsText(cli, { kind: 'deployment', status, conclusion, reason, url }).trimStart()}`)
  }
  parts.push(nextStepText(cli, change))
  return parts.join('')
}

/** The commands by which a person goes on; empty when there is nothing to do. */
export function nextStepText(cli: Cli, change: ChangeDetail): string {
  const id = `${change.number} --project ${change.projectSlug}`
  const commands: Partial<Record<ChangeDetail['verbs'][number]['verb'], string>> = {
    answer: `signalbox change answer ${id} yes`,
    confirm: `signalbox change confirm ${id}`,
    change_plan: `signalbox change plan-change ${id} "…"`,
    reject: `signalbox change reject ${id}`,
    approve: `signalbox change approve ${id}`,
    merge: `signalbox change merge ${id}`,
    message: `signalbox change message ${id} "…"`,
    retry: `signalbox change retry ${id}`,
  }
  if (change.waitingFor === null) return ''
  const lines = change.verbs.flatMap(({ verb, allowed }) =>
    allowed && commands[verb] ? [commands[verb]] : [],
  )
  return lines.length === 0 ? '' : cli.style.dim(`\nNext:\n${lines.map((line) => `  ${line}\n`).join('')}`)
}
