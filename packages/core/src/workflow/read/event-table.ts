/** A key that may stand under an event to say when it counts. */
export type FilterKey =
  | 'types'
  | 'branches'
  | 'branches-ignore'
  | 'tags'
  | 'tags-ignore'
  | 'paths'
  | 'paths-ignore'
  | 'workflows'
  | 'names'
  | 'versions'

interface EventFacts {
  filters: readonly FilterKey[]
  /** The activities that `types` may name; undefined with `types` among the filters: any word. */
  types?: readonly string[]
  /** Those that count when `types` is not written; all of them where this is missing. */
  defaultTypes?: readonly string[]
}

const branches = ['branches', 'branches-ignore'] as const
const paths = ['paths', 'paths-ignore'] as const
const pullRequestTypes = (
  'assigned unassigned labeled unlabeled opened edited closed reopened synchronize converted_to_draft locked ' +
  'unlocked enqueued dequeued milestoned demilestoned ready_for_review review_requested review_request_removed ' +
  'auto_merge_enabled auto_merge_disabled stacked'
).split(' ')
const pullRequest: EventFacts = {
  filters: ['types', ...branches, ...paths],
  types: pullRequestTypes,
  defaultTypes: ['opened', 'synchronize', 'reopened'],
}

function typed(types: string): EventFacts {
  return { filters: ['types'], types: types.split(' ') }
}

const bare: EventFacts = { filters: [] }

/**
 * Every event of GitHub's language with the filters that it takes, from its schema `workflow-v1.0.json`
 * (https://github.com/actions/languageservices) and the page "Events that trigger workflows".
 */
export const eventTable = {
  branch_protection_rule: typed('created edited deleted'),
  check_run: typed('created rerequested completed requested_action'),
  check_suite: typed('completed'),
  create: bare,
  delete: bare,
  deployment: bare,
  deployment_status: bare,
  discussion: typed(
    'created edited deleted transferred pinned unpinned labeled unlabeled locked unlocked category_changed answered unanswered',
  ),
  discussion_comment: typed('created edited deleted'),
  fork: bare,
  gollum: bare,
  image_version: { filters: ['types', 'names', 'versions'], types: ['created', 'ready', 'deleted'] },
  issue_comment: typed('created edited deleted'),
  issues: typed(
    'opened edited deleted transferred pinned unpinned closed reopened assigned unassigned labeled unlabeled locked ' +
      'unlocked milestoned demilestoned field_added field_removed typed untyped',
  ),
  label: typed('created edited deleted'),
  merge_group: { filters: ['types', ...branches], types: ['checks_requested'] },
  milestone: typed('created closed opened edited deleted'),
  page_build: bare,
  project: typed('created closed reopened edited deleted'),
  project_card: typed('created moved converted edited deleted'),
  project_column: typed('created updated moved deleted'),
  public: bare,
  pull_request: pullRequest,
  pull_request_comment: typed('created edited deleted'),
  pull_request_review: typed('submitted edited dismissed'),
  pull_request_review_comment: typed('created edited deleted'),
  pull_request_target: pullRequest,
  push: { filters: [...branches, 'tags', 'tags-ignore', ...paths] },
  registry_package: typed('published updated'),
  release: typed('published unpublished created edited deleted prereleased released'),
  repository_dispatch: { filters: ['types'] },
  schedule: bare,
  status: bare,
  watch: typed('started'),
  workflow_call: bare,
  workflow_dispatch: bare,
  workflow_run: {
    filters: ['types', 'workflows', ...branches],
    types: ['requested', 'completed', 'in_progress'],
  },
} as const satisfies Record<string, EventFacts>

/** The name of an event as it stands under `on`. */
export type EventName = keyof typeof eventTable

/** What is known of an event; undefined for a word that names none. */
export function eventFacts(name: string): (EventFacts & { name: EventName }) | undefined {
  if (!isEventName(name)) return undefined
  return { ...eventTable[name], name }
}

function isEventName(name: string): name is EventName {
  return Object.hasOwn(eventTable, name)
}
