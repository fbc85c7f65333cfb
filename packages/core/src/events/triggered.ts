import type { NameFilter, Trigger, Workflow } from '../workflow/model.ts'
import type { EventName } from '../workflow/read/event-table.ts'
import { eventFacts } from '../workflow/read/event-table.ts'
import { type NamePattern, parsePattern, passesPatterns } from '../workflow/read/name-pattern.ts'
import { skipWords } from './skip-words.ts'

/** Something that happened, as far as a workflow's `on` can ask about it. */
export interface HappenedEvent {
  name: EventName
  /** `opened` of a pull request, the type of a repository_dispatch, … */
  action?: string
  /** Full: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/merge`. */
  ref: string
  /** The branch that `branches` is about where it is not the ref: a pull request's base, the branch of a run. */
  branch?: string
  /** Paths that it changes, for push and pull requests; undefined: not known, so that no path filter stops it. */
  changed?: readonly string[]
  /** Message of the head commit, in which people may ask to skip it. */
  message?: string
  /** Of workflow_run: the name of the workflow that ran. */
  workflow?: string
  /** Of schedule: the cron text whose time has come. */
  schedule?: string
}

/** What stopped it: how a gate tells a workflow that has nothing to say from one that was kept from speaking. */
export type StoppedBy =
  | 'event'
  | 'types'
  | 'branches'
  | 'tags'
  | 'paths'
  | 'message'
  | 'workflows'
  | 'schedule'

export type Verdict = { runs: true; trigger: Trigger } | { runs: false; by: StoppedBy; reason: string }

/** As many changed files as GitHub looks at; what comes behind them does not count. */
export const filesLookedAt = 300

/**
 * Whether an event starts a workflow, and if not why, in a sentence for a person. Pure: `signalbox plan`,
 * `signalbox run --event` and the server all ask here.
 */
export function triggered(workflow: Pick<Workflow, 'on'>, event: HappenedEvent): Verdict {
  const trigger = workflow.on.find((one) => one.event === event.name)
  if (!trigger) {
    const others = workflow.on.map((one) => one.event).join(', ') || 'nothing'
    return no('event', `It starts on ${others}, not on ${event.name}.`)
  }
  return (
    byType(trigger, event) ??
    byMessage(event) ??
    byWorkflow(trigger, event) ??
    bySchedule(trigger, event) ??
    byRef(trigger, event) ??
    byPaths(trigger, event) ?? { runs: true, trigger }
  )
}

function no(by: StoppedBy, reason: string): Verdict {
  return { runs: false, by, reason }
}

function byType(trigger: Trigger, { name, action }: HappenedEvent): Verdict | undefined {
  const facts = eventFacts(name)
  const types = trigger.types ?? facts?.defaultTypes
  if (!types || action === undefined || types.includes(action)) return undefined
  const written = trigger.types ? '' : ' by default'
  return no('types', `The type ${action} is not among ${types.join(', ')}, for which it starts${written}.`)
}

function byMessage({ name, message }: HappenedEvent): Verdict | undefined {
  const word = name === 'push' || name === 'pull_request' ? skipWords(message ?? '') : undefined
  return word === undefined ? undefined : no('message', `The head commit's message says ${word}.`)
}

function byWorkflow({ workflows }: Trigger, { name, workflow }: HappenedEvent): Verdict | undefined {
  if (name !== 'workflow_run') return undefined
  if (workflow !== undefined && (workflows ?? []).some((one) => names(one, workflow))) return undefined
  return no(
    'workflows',
    `It follows ${workflows?.join(', ') || 'no workflow'}, not ${workflow ?? 'one without a name'}.`,
  )
}

/** A name with characters that mean something in patterns must still be able to name itself. */
function names(written: string, workflow: string): boolean {
  return written === workflow || passesPatterns(patternsOf([written]), workflow)
}

function bySchedule({ schedules }: Trigger, { name, schedule }: HappenedEvent): Verdict | undefined {
  if (name !== 'schedule' || schedule === undefined) return undefined
  if (schedules?.some(({ cron }) => cron === schedule)) return undefined
  return no('schedule', `It has no schedule ${schedule}.`)
}

function byRef(trigger: Trigger, event: HappenedEvent): Verdict | undefined {
  const tag = /^refs\/tags\/(.+)$/.exec(event.ref)?.[1]
  if (event.name === 'push' && tag !== undefined) {
    if (trigger.tags) return byName('tags', `the tag ${tag}`, { filter: trigger.tags, name: tag })
    return trigger.branches ? no('tags', `It starts for branches only, and ${tag} is a tag.`) : undefined
  }
  const branch = event.branch ?? event.ref.replace(/^refs\/heads\//, '')
  if (trigger.branches) {
    return byName('branches', `the branch ${branch}`, { filter: trigger.branches, name: branch })
  }
  return trigger.tags ? no('branches', `It starts for tags only, and ${branch} is a branch.`) : undefined
}

function byName(
  by: 'branches' | 'tags',
  what: string,
  { filter, name }: { filter: NameFilter; name: string },
): Verdict | undefined {
  const listed = passesPatterns(patternsOf(filter.patterns), name)
  if (listed === (filter.kind === 'only')) return undefined
  const written = filter.patterns.join(', ')
  return filter.kind === 'only'
    ? no(by, `${by} (${written}) does not match ${what}.`)
    : no(by, `${by}-ignore (${written}) takes out ${what}.`)
}

/** Paths of a tag are not looked at: a tag changes nothing. */
function byPaths({ paths }: Trigger, { ref, changed }: HappenedEvent): Verdict | undefined {
  if (!paths || !changed || ref.startsWith('refs/tags/')) return undefined
  const patterns = patternsOf(paths.patterns)
  const seen = changed.slice(0, filesLookedAt)
  if (seen.some((path) => passesPatterns(patterns, path) === (paths.kind === 'only'))) return undefined
  const written = paths.patterns.join(', ')
  const files = changed.length === 1 ? 'the changed file' : `any of the ${changed.length} changed files`
  if (changed.length === 0) return no('paths', 'It looks at paths, and no file changed.')
  const among = changed.length > filesLookedAt ? ` among the first ${filesLookedAt}` : ''
  return paths.kind === 'only'
    ? no('paths', `paths (${written}) does not match ${files}${among}.`)
    : no('paths', `paths-ignore (${written}) takes out every changed file${among}.`)
}

/** What cannot be used was refused when the file was read. */
function patternsOf(patterns: readonly string[]): NamePattern[] {
  return patterns.flatMap((source) => {
    const parsed = parsePattern(source)
    return typeof parsed === 'string' ? [] : [parsed]
  })
}
